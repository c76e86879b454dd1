import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { useApi } from '../api/client';
import { connectors, freshness } from '../api/queries';
import type { Connector, FreshnessRow } from '../api/types';
import { day } from '../format';
import { useFollow } from '../shell/follow';
import { text } from '../strings';
import type { Filters } from './filters/filters';

export type Emptiness =
  | { kind: 'nothing-connected' }
  | { kind: 'first-poll'; connector: Connector }
  | { kind: 'must-act'; connector: Connector }
  | { kind: 'failing'; connector: Connector }
  | { kind: 'paused'; connector: Connector }
  | { kind: 'other-days'; latest: string }
  | { kind: 'not-reported' };

/** Why a panel is empty: no connector, no data yet, a failing connector, or a metric that is not reported. */
export function emptiness(
  filters: Pick<Filters, 'from' | 'connector' | 'provider'>,
  all: readonly Connector[],
  freshnessRows: readonly FreshnessRow[],
): Emptiness {
  if (all.length === 0) return { kind: 'nothing-connected' };
  const isInScope = (id: string, provider: string) =>
    (filters.connector === null || filters.connector === id) && (filters.provider === null || filters.provider === provider);
  const inScope = all.filter(({ id, provider }) => isInScope(id, provider));
  const latest = freshnessRows
    .filter((row) => isInScope(row.connector, row.provider))
    .flatMap(({ latest_day }) => latest_day ?? [])
    .sort()
    .at(-1);
  const inState = (state: Connector['state']) => inScope.find((connector) => connector.state === state);
  const waiting = inScope.find(({ last_poll, state }) => (last_poll ?? null) === null && state === 'active');
  if (latest === undefined) {
    const [mustAct, failing, paused] = [inState('owner_must_act'), inState('failing'), inState('paused')];
    if (mustAct !== undefined) return { kind: 'must-act', connector: mustAct };
    if (failing !== undefined) return { kind: 'failing', connector: failing };
    if (waiting !== undefined) return { kind: 'first-poll', connector: waiting };
    if (paused !== undefined) return { kind: 'paused', connector: paused };
    return { kind: 'not-reported' };
  }
  return latest < filters.from ? { kind: 'other-days', latest } : { kind: 'not-reported' };
}

/** Explains why a panel is empty and what to do. */
export function EmptyState({ filters }: { filters: Filters }) {
  const api = useApi();
  const follow = useFollow();
  const all = useQuery(connectors(api));
  const freshnessRows = useQuery(freshness(api));
  if (all.data === undefined || freshnessRows.data === undefined) {
    // The answer is empty; only the reason could not be loaded.
    return all.error === null && freshnessRows.error === null ? null : <Message title={text.empty.unexplained.title}>{text.empty.unexplained.detail}</Message>;
  }
  const result = emptiness(filters, all.data, freshnessRows.data);
  return (
    <Message title={text.empty[result.kind].title}>
      {result.kind === 'nothing-connected' && (
        <>
          <span>{text.empty['nothing-connected'].detail}</span>
          <Button href="/connectors/new" onFollow={follow} iconName="add-plus">
            {text.connectors.add}
          </Button>
        </>
      )}
      {'connector' in result && (
        <>
          <span>{result.connector.state_detail ?? result.connector.last_poll?.detail ?? text.empty[result.kind].detail}</span>
          <Link href={`/connectors/${result.connector.id}`} onFollow={follow}>
            {result.connector.name}
          </Link>
        </>
      )}
      {result.kind === 'other-days' && text.empty['other-days'].until(day(result.latest))}
      {result.kind === 'not-reported' && text.empty['not-reported'].detail}
    </Message>
  );
}

function Message({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Box textAlign="center" color="inherit" padding={{ vertical: 's' }}>
      <SpaceBetween size="xs">
        <b>{title}</b>
        {children}
      </SpaceBetween>
    </Box>
  );
}
