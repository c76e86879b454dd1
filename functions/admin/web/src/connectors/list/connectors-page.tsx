import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { useFollow } from '../../shell/follow';
import { Page } from '../../shell/page';
import { text } from '../../strings';
import { OpenNotices } from '../open-notices';
import { ConnectorsTable } from './connectors-table';

export default function ConnectorsPage() {
  const follow = useFollow();
  return (
    <Page
      title={text.connectors.title}
      description={text.connectors.description}
      actions={
        <Button variant="primary" href="/connectors/new" onFollow={follow}>
          {text.connectors.add}
        </Button>
      }
    >
      <SpaceBetween size="l">
        <OpenNotices />
        <ConnectorsTable />
      </SpaceBetween>
    </Page>
  );
}
