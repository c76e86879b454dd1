import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import SpaceBetween from '@cloudscape-design/components/space-between';

import type { Account, Way } from '../../api/words';
import { text } from '../../strings';
import { about, linkFor } from './ways';

/** How to make a token, click by click, with a link that has filled in what a link can. */
export function HowTo({ way, account }: { way: Way; account: Account }) {
  const link = linkFor(way, account);
  return (
    <SpaceBetween size="s">
      <ol>
        {way.steps.map((step) => (
          <li key={step}>
            <Box variant="span">{about(step, account)}</Box>
          </li>
        ))}
      </ol>
      {way.scopes.length > 0 && (
        <SpaceBetween direction="horizontal" size="xs" alignItems="center">
          <Box fontWeight="bold">{text.add.exactly}</Box>
          {way.scopes.map((scope) => (
            <Badge key={scope} color="blue">
              {scope}
            </Badge>
          ))}
        </SpaceBetween>
      )}
      <SpaceBetween direction="horizontal" size="xs">
        <Button href={link} target="_blank" iconName="external" iconAlign="right" rel="noopener">
          {text.add.openPage}
        </Button>
        <CopyToClipboard
          variant="icon"
          copyButtonAriaLabel={text.add.copyLink}
          copySuccessText={text.add.copied}
          copyErrorText={text.add.notCopied}
          textToCopy={link}
        />
      </SpaceBetween>
    </SpaceBetween>
  );
}
