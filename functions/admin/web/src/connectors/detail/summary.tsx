import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import { useQuery } from '@tanstack/react-query';

import { useApi } from '../../api/client';
import { freshness, providers } from '../../api/queries';
import type { Connector } from '../../api/types';
import { day, time } from '../../format';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { ConnectorStatus, DaysLeft, PollStatus } from '../status';

/** The settings and the state of a connector. */
export function Summary({ connector }: { connector: Connector }) {
  const api = useApi();
  const provider = useQuery(providers(api)).data?.find(({ id }) => id === connector.provider);
  const query = useQuery(freshness(api));
  const freshnessRow = query.data?.find((row) => row.connector === connector.id);
  const kind = provider?.accounts.find(({ kind }) => kind === connector.account.kind)?.title ?? connector.account.kind;
  const { token } = connector;
  const open = freshnessRow && text.connectors.openDays(freshnessRow.pending_count, freshnessRow.failed_count, freshnessRow.holes.length);
  return (
    <Container header={<Header variant="h2">{text.connectors.summary}</Header>}>
      <KeyValuePairs
        columns={4}
        items={[
          { label: text.connectors.state, value: <ConnectorStatus connector={connector} /> },
          { label: provider?.name ?? connector.provider, value: `${kind} ${connector.account.slug}` },
          { label: text.connectors.completeThrough, value: day(connector.freshness.complete_through) },
          { label: text.connectors.openDaysLabel, value: <QueryPanel query={query}>{open ?? '–'}</QueryPanel> },
          { label: text.connectors.tokenKind, value: text.tokenKinds[token.kind] ?? token.kind },
          { label: text.connectors.token, value: <DaysLeft token={token} /> },
          { label: text.connectors.scopes, value: token.scopes?.join(', ') ?? '–' },
          { label: text.connectors.mails, value: connector.notify ? text.connectors.mailsOn : text.connectors.mailsOff },
          { label: text.connectors.teamSync, value: text.connectors.teamSyncs[connector.team_sync] },
          { label: text.connectors.lastPoll, value: <PollStatus poll={connector.last_poll ?? null} /> },
          { label: text.connectors.nextPoll, value: time(connector.next_poll_at) },
          { label: text.connectors.since, value: time(connector.created_at) },
          { label: text.connectors.id, value: connector.id },
        ]}
      />
    </Container>
  );
}
