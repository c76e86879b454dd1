import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import { useQuery } from '@tanstack/react-query';

import { useApi } from '../../api/client';
import { connectors } from '../../api/queries';
import type { Connector } from '../../api/types';
import { ConnectorStatus } from '../../connectors/status';
import { day } from '../../format';
import { useFollow } from '../../shell/follow';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { useConnectorLabels } from '../connector-labels';
import classes from './connectors-at-a-glance.module.css';

const A_ROW = 4;

/** The state of each connector and how far its history is complete. */
export function ConnectorsAtAGlance() {
  const follow = useFollow();
  const query = useQuery(connectors(useApi()));
  const { connectorColor, byAge } = useConnectorLabels();
  const all: readonly Connector[] = [...(query.data ?? [])].sort((one, other) => byAge(one.id, other.id));
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
      <QueryPanel query={query}>
        <KeyValuePairs
          minColumnWidth={200}
          columns={Math.max(1, Math.min(A_ROW, all.length))}
          items={all.map((connector) => ({
            label: <ConnectorLabel name={connector.name} color={connectorColor(connector.id)} />,
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
      </QueryPanel>
    </Container>
  );
}

/** The name of a connector with its color in charts. */
function ConnectorLabel({ name, color }: { name: string; color: string | undefined }) {
  return (
    <span>
      <span className={classes.color} style={{ backgroundColor: color }} aria-hidden />
      {name}
    </span>
  );
}
