import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { useApi } from '../api/client';
import { connectors, freshness } from '../api/queries';
import type { Connector, FreshnessRow } from '../api/words';
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
  | { kind: 'cannot-say' };

/** Which kind of empty it is: nothing is connected, nothing has arrived yet, something is broken, or the number is not reported. */
export function emptiness(
  filters: Pick<Filters, 'from' | 'connector' | 'provider'>,
  known: readonly Connector[],
  fresh: readonly FreshnessRow[],
): Emptiness {
  if (known.length === 0) return { kind: 'nothing-connected' };
  const isMeant = (id: string, provider: string) =>
    (filters.connector === null || filters.connector === id) && (filters.provider === null || filters.provider === provider);
  const meant = known.filter(({ id, provider }) => isMeant(id, provider));
  const latest = fresh
    .filter((row) => isMeant(row.connector, row.provider))
    .flatMap(({ latest_day }) => latest_day ?? [])
    .sort()
    .at(-1);
  const inState = (state: Connector['state']) => meant.find((connector) => connector.state === state);
  const waiting = meant.find(({ last_poll, state }) => (last_poll ?? null) === null && state === 'active');
  if (latest === undefined) {
    const [mustAct, failing, paused] = [inState('owner_must_act'), inState('failing'), inState('paused')];
    if (mustAct !== undefined) return { kind: 'must-act', connector: mustAct };
    if (failing !== undefined) return { kind: 'failing', connector: failing };
    if (waiting !== undefined) return { kind: 'first-poll', connector: waiting };
    if (paused !== undefined) return { kind: 'paused', connector: paused };
    return { kind: 'cannot-say' };
  }
  return latest < filters.from ? { kind: 'other-days', latest } : { kind: 'cannot-say' };
}

/** Says which kind of empty it is, and what to do about it. */
export function EmptyState({ filters }: { filters: Filters }) {
  const api = useApi();
  const follow = useFollow();
  const known = useQuery(connectors(api));
  const fresh = useQuery(freshness(api));
  if (known.data === undefined || fresh.data === undefined) {
    // The answer is empty for sure; only its reason is missing.
    return known.error === null && fresh.error === null ? null : <Said title={text.empty.unexplained.title}>{text.empty.unexplained.detail}</Said>;
  }
  const found = emptiness(filters, known.data, fresh.data);
  return (
    <Said title={text.empty[found.kind].title}>
      {found.kind === 'nothing-connected' && (
        <>
          <span>{text.empty['nothing-connected'].detail}</span>
          <Button href="/connectors/new" onFollow={follow} iconName="add-plus">
            {text.connectors.add}
          </Button>
        </>
      )}
      {'connector' in found && (
        <>
          <span>{found.connector.state_detail ?? found.connector.last_poll?.detail ?? text.empty[found.kind].detail}</span>
          <Link href={`/connectors/${found.connector.id}`} onFollow={follow}>
            {found.connector.name}
          </Link>
        </>
      )}
      {found.kind === 'other-days' && text.empty['other-days'].until(day(found.latest))}
      {found.kind === 'cannot-say' && text.empty['cannot-say'].detail}
    </Said>
  );
}

function Said({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Box textAlign="center" color="inherit" padding={{ vertical: 's' }}>
      <SpaceBetween size="xs">
        <b>{title}</b>
        {children}
      </SpaceBetween>
    </Box>
  );
}
