import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Link from '@cloudscape-design/components/link';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';

import { useApi } from '../../api/client';
import { activePeople, pullRequests, seatsSummary, usage } from '../../api/queries';
import type { PullRequestMetric, UsageRow } from '../../api/types';
import { count, percent } from '../../format';
import { BigNumber } from '../../shell/big-number';
import { useFollow } from '../../shell/follow';
import type { PanelQuery } from '../../shell/panel-state';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { useAssistantName } from '../assistant-names';
import { share, sum } from '../chart/series';
import { queryOf, scopeOf, hrefWithFilters, type Filters } from '../filters/filters';

/** A few numbers over the whole range. Each has its own query state. */
export function AtAGlance({ filters }: { filters: Filters }) {
  return (
    <Container>
      <KeyValuePairs
        columns={4}
        items={[
          { label: text.overview.people, value: <ActivePeopleInAll filters={filters} /> },
          { label: text.overview.accepted, value: <Accepted filters={filters} /> },
          { label: text.overview.pullRequests, value: <PullRequests filters={filters} /> },
          { label: text.overview.seats, value: <SeatsInUse filters={filters} /> },
        ]}
      />
    </Container>
  );
}

function ActivePeopleInAll({ filters }: { filters: Filters }) {
  const query = useQuery(activePeople(useApi(), { ...queryOf(filters), interval: 'total' }));
  const follow = useFollow();
  const [search] = useSearchParams();
  return (
    <Figure
      query={query}
      aside={
        <Link href={hrefWithFilters('/people', search)} onFollow={follow}>
          {text.overview.eachOnce}
        </Link>
      }
    >
      {count(query.data?.rows[0]?.active)}
    </Figure>
  );
}

/** Assistants count suggestions differently, so their numbers are never added. */
function Accepted({ filters }: { filters: Filters }) {
  const query = useQuery(usage(useApi(), { ...queryOf(filters), interval: 'total', metrics: 'completions_suggested,completions_accepted' }));
  const assistantName = useAssistantName();
  const rows = (query.data?.rows ?? []).filter(({ metrics }) => (metrics.completions_accepted ?? null) !== null);
  const assistants = [...new Set(rows.map(({ provider }) => provider))].sort();
  const accepted = (own: readonly UsageRow[]) => count(sum(own.map(({ metrics }) => metrics.completions_accepted)));
  const rate = (own: readonly UsageRow[]) => {
    const value = share(own, 'completions_accepted', 'completions_suggested');
    return value === null ? null : text.overview.acceptanceRate(percent(value));
  };
  if (assistants.length <= 1) {
    return (
      <Figure query={query} aside={rate(rows)}>
        {accepted(rows)}
      </Figure>
    );
  }
  return (
    <QueryPanel query={query}>
      {assistants.map((assistant) => {
        const own = rows.filter(({ provider }) => provider === assistant);
        return (
          <div key={assistant}>
            <Box variant="span" fontSize="heading-m" fontWeight="bold">
              {accepted(own)}
            </Box>{' '}
            {assistantName(assistant)}
            <Box color="text-body-secondary">{rate(own)}</Box>
          </div>
        );
      })}
    </QueryPanel>
  );
}

function PullRequests({ filters }: { filters: Filters }) {
  const query = useQuery(pullRequests(useApi(), { ...queryOf(filters), interval: 'total', level: 'organization' }));
  const rows = query.data?.rows ?? [];
  const byAgent = share<PullRequestMetric>(rows, 'created_by_copilot', 'created');
  return (
    <Figure query={query} aside={byAgent !== null && text.overview.byAgent(percent(byAgent))}>
      {count(sum(rows.map(({ metrics }) => metrics.created)))}
    </Figure>
  );
}

function SeatsInUse({ filters }: { filters: Filters }) {
  const follow = useFollow();
  const query = useQuery(seatsSummary(useApi(), scopeOf(filters)));
  const summary = query.data;
  const stated = summary === undefined ? 0 : summary.total - summary.unknown;
  return (
    <Figure
      query={query}
      aside={
        summary !== undefined &&
        summary.total > 0 && (
          <Link href="/seats" onFollow={follow}>
            {text.overview.ofSeats(count(stated))}
          </Link>
        )
      }
    >
      {/* Without usage data of any seat the number is unknown. */}
      {count(stated === 0 ? null : summary?.active_28d)}
    </Figure>
  );
}

function Figure({ query, aside, children }: { query: PanelQuery; aside?: ReactNode; children: ReactNode }) {
  return (
    <QueryPanel query={query}>
      <BigNumber aside={aside === null || aside === false ? undefined : aside}>{children}</BigNumber>
    </QueryPanel>
  );
}
