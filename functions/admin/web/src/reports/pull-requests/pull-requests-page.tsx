import Grid from '@cloudscape-design/components/grid';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../../api/client';
import { pullRequests } from '../../api/queries';
import type { PullRequestMetric, PullRequestRow } from '../../api/types';
import { hours } from '../../format';
import { Page } from '../../shell/page';
import { text } from '../../strings';
import { BreaksNote } from '../breaks-note';
import { RankingPanel } from '../chart/ranking-panel';
import { parts, type Series, series, seriesOfOne, timeline } from '../chart/series';
import { TimePanel } from '../chart/time-panel';
import { EmptyState } from '../empty-state';
import { queryOf } from '../filters/filters';
import { FiltersBar } from '../filters/filters-bar';
import { useFilters } from '../filters/use-filters';
import { useBreaks } from '../use-breaks';

const COLUMN_SPAN = { colspan: { default: 12, m: 6 } };
const COLUMNS = ['created', 'created_by_copilot', 'reviewed', 'reviewed_by_copilot', 'merged'] as const satisfies PullRequestMetric[];

/** Converts minutes to hours, so that the axis has round values. */
const inHours = ({ title, values }: Series): Series => ({
  title,
  values: values.map((value) => (value === null ? null : Math.round((value / 60) * 100) / 100)),
});

/** The page of pull requests. */
export default function PullRequestsPage() {
  const api = useApi();
  const [filters] = useFilters();
  const { from, to, interval } = filters;
  const query = useQuery(pullRequests(api, { ...queryOf(filters), level: 'organization', interval }));
  const repositories = useQuery(pullRequests(api, { ...queryOf(filters), level: 'repository', interval: 'total' }));
  const breaks = useBreaks(filters);
  const line = useMemo(() => timeline<PullRequestMetric, PullRequestRow>(query.data?.rows ?? [], { from, to, interval }), [query.data, from, to, interval]);
  const seriesOf = (title: string, metric: PullRequestMetric) => series<PullRequestMetric, PullRequestRow>(line, title, metric);
  const split = (all: PullRequestMetric, byAgent: PullRequestMetric) => {
    const titles = { part: text.pullRequests.byAgent, rest: text.pullRequests.byPeople, unsplit: text.pullRequests.unsplit };
    return {
      series: parts<PullRequestMetric, PullRequestRow>(line, [byAgent, all], titles),
      wholes: [seriesOf(text.pullRequests.byAgent, byAgent), seriesOf(text.pullRequests.all, all)],
      shape: 'stacked' as const,
    };
  };
  // Medians of two organizations cannot be combined.
  const median = (title: string, metric: PullRequestMetric) => inHours(seriesOfOne<PullRequestMetric, PullRequestRow>(line, title, metric));
  const isOne = new Set((query.data?.rows ?? []).map(({ connector }) => connector)).size <= 1;
  const mediansNote = interval !== 'day' ? text.pullRequests.mediansByDayOnly : isOne ? null : text.pullRequests.mediansOfOne;
  const shared = {
    periods: line.periods,
    interval,
    query,
    empty: <EmptyState filters={filters} />,
    breaks,
    unit: text.units.pullRequests,
  };
  const ranks = (repositories.data?.rows ?? [])
    .map(({ subject, metrics }) => ({ name: subject.name ?? subject.id, values: COLUMNS.map((metric) => metrics[metric] ?? null) }))
    .sort((a, b) => (b.values[0] ?? -1) - (a.values[0] ?? -1));
  return (
    <Page title={text.pullRequests.title} description={text.pullRequests.description}>
      <SpaceBetween size="l">
        <FiltersBar />
        <BreaksNote breaks={breaks} />
        <Grid gridDefinition={[COLUMN_SPAN, COLUMN_SPAN, COLUMN_SPAN, COLUMN_SPAN]}>
          <TimePanel {...shared} title={text.pullRequests.created} file="created" {...split('created', 'created_by_copilot')} />
          <TimePanel {...shared} title={text.pullRequests.reviewed} file="reviewed" {...split('reviewed', 'reviewed_by_copilot')} />
          <TimePanel {...shared} title={text.pullRequests.merged} file="merged" {...split('merged', 'merged_created_by_copilot')} />
          <TimePanel
            {...shared}
            title={text.pullRequests.medians}
            description={mediansNote ?? text.pullRequests.mediansDescription}
            file="hours-to-merge"
            unit={text.units.hours}
            shape="bars"
            series={[
              median(text.pullRequests.all, 'median_minutes_to_merge'),
              median(text.pullRequests.reviewedByAgent, 'median_minutes_to_merge_copilot_reviewed'),
              median(text.pullRequests.createdByAgent, 'median_minutes_to_merge_copilot_authored'),
            ]}
            format={hours}
            axisFormat={text.units.inHours}
            empty={mediansNote ?? shared.empty}
          />
        </Grid>
        <RankingPanel
          title={text.pullRequests.repositories}
          description={text.pullRequests.repositoriesDescription}
          file="repositories"
          columns={[text.pullRequests.repository, ...COLUMNS.map((metric) => text.pullRequests.columns[metric])]}
          ranks={ranks}
          drawn={[0, 1]}
          query={repositories}
          empty={shared.empty}
        />
      </SpaceBetween>
    </Page>
  );
}
