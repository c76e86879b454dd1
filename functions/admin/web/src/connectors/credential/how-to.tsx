import Badge from '@cloudscape-design/components/badge';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import CopyToClipboard from '@cloudscape-design/components/copy-to-clipboard';
import SpaceBetween from '@cloudscape-design/components/space-between';

import type { Account, Way } from '../../api/types';
import { text } from '../../strings';
import { about, linkFor } from './ways';

/** Whether the link fills in the form of the provider. Most providers have only a page for keys. */
const isFilledIn = ({ url }: Way) => url.includes('{slug}') || url.includes('scopes=');

/** The steps to create a token, with a link that fills in the provider's form where possible. */
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
          <Box fontWeight="bold">{text.add.permissions}</Box>
          {way.scopes.map((scope) => (
            <Badge key={scope} color="blue">
              {scope}
            </Badge>
          ))}
        </SpaceBetween>
      )}
      <SpaceBetween direction="horizontal" size="xs">
        <Button href={link} target="_blank" iconName="external" iconAlign="right" rel="noopener">
          {isFilledIn(way) ? text.add.openPage : text.add.openKeys}
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
