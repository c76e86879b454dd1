import { useCollection } from '@cloudscape-design/collection-hooks';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import { useQuery } from '@tanstack/react-query';

import { useApi } from '../../api/client';
import { connectors, providers } from '../../api/queries';
import { count, day, time } from '../../format';
import { useFollow } from '../../shell/follow';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { ConnectorStatus, DaysLeft, PollStatus } from '../status';

const WHILE_POLLING = 3000;

/** The table of all connectors. */
export function ConnectorsTable() {
  const api = useApi();
  const follow = useFollow();
  const query = useQuery({
    ...connectors(api),
    // A first poll takes seconds.
    refetchInterval: ({ state }) => (state.data?.some(({ last_poll }) => (last_poll ?? null) === null) === true ? WHILE_POLLING : false),
  });
  const names = new Map((useQuery(providers(api)).data ?? []).map(({ id, name }) => [id, name]));
  const { items, collectionProps } = useCollection(query.data ?? [], {
    filtering: {
      empty: (
        <Box textAlign="center" color="inherit">
          <SpaceBetween size="xs">
            <b>{text.empty['nothing-connected'].title}</b>
            <span>{text.empty['nothing-connected'].detail}</span>
            <Button href="/connectors/new" onFollow={follow}>
              {text.connectors.add}
            </Button>
          </SpaceBetween>
        </Box>
      ),
    },
    sorting: {},
  });
  return (
    <QueryPanel query={query}>
      <Table
        {...collectionProps}
        items={items}
        trackBy="id"
        wrapLines
        ariaLabels={{ tableLabel: text.connectors.title }}
        header={<Header counter={query.data === undefined ? '' : `(${count(query.data.length)})`}>{text.connectors.title}</Header>}
        columnDefinitions={[
          {
            id: 'name',
            header: text.connectors.name,
            isRowHeader: true,
            sortingField: 'name',
            minWidth: 140,
            cell: (connector) => (
              <Link href={`/connectors/${connector.id}`} onFollow={follow}>
                {connector.name}
              </Link>
            ),
          },
          { id: 'state', header: text.connectors.state, sortingField: 'state', minWidth: 170, cell: (connector) => <ConnectorStatus connector={connector} /> },
          {
            id: 'account',
            header: text.connectors.account,
            // Some providers use long ids as account names.
            minWidth: 170,
            maxWidth: 220,
            cell: ({ provider, account }) => (
              <>
                {names.get(provider) ?? provider}
                <Box color="text-body-secondary" fontSize="body-s">
                  {account.slug}
                </Box>
              </>
            ),
          },
          {
            id: 'token',
            header: text.connectors.token,
            // Wide enough for "59 days left" in one line.
            minWidth: 150,
            sortingComparator: (a, b) => (a.token.days_left ?? Infinity) - (b.token.days_left ?? Infinity) || 0,
            cell: ({ token }) => <DaysLeft token={token} />,
          },
          {
            id: 'complete',
            header: text.connectors.completeThrough,
            minWidth: 130,
            sortingComparator: (a, b) => (a.freshness.complete_through ?? '').localeCompare(b.freshness.complete_through ?? ''),
            cell: ({ freshness }) => day(freshness.complete_through),
          },
          { id: 'last', header: text.connectors.lastPoll, minWidth: 140, cell: ({ last_poll }) => <PollStatus poll={last_poll ?? null} /> },
          { id: 'next', header: text.connectors.nextPoll, minWidth: 140, cell: ({ next_poll_at }) => time(next_poll_at) },
        ]}
      />
    </QueryPanel>
  );
}
