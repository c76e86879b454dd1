import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';

import type { Connector } from '../../api/words';
import { ConnectorStatus } from '../../connectors/status';
import { day } from '../../format';
import { useFollow } from '../../shell/follow';
import { text } from '../../strings';

const A_ROW = 4;

/** Is everything connected, and how far does the history reach? */
export function ConnectorsAtAGlance({ connectors }: { connectors: readonly Connector[] }) {
  const follow = useFollow();
  return (
    <Container
      header={
        <Header variant="h2">
          <Link href="/connectors" onFollow={follow} fontSize="heading-m">
            {text.overview.connectors}
          </Link>
        </Header>
      }
    >
      <KeyValuePairs
        minColumnWidth={200}
        columns={Math.max(1, Math.min(A_ROW, connectors.length))}
        items={connectors.map((connector) => ({
          label: connector.name,
          value: (
            <>
              <ConnectorStatus connector={connector} />
              <Box color="text-body-secondary" fontSize="body-s">
                {connector.freshness.complete_through ? text.overview.through(day(connector.freshness.complete_through)) : text.overview.nothingYet}
              </Box>
            </>
          ),
        }))}
      />
    </Container>
  );
}
