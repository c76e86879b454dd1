import Grid from '@cloudscape-design/components/grid';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../../api/client';
import { pullRequests } from '../../api/queries';
import { detailOf } from '../../api/refusal';
import type { PullRequestMetric, PullRequestRow } from '../../api/words';
import { hours } from '../../format';
import { Page } from '../../shell/page';
import { text } from '../../strings';
import { BreaksNote } from '../breaks-note';
import { RankingPanel } from '../chart/ranking-panel';
import { rest, type Series, series, sum, timeline } from '../chart/series';
import { TimePanel } from '../chart/time-panel';
import { EmptyState } from '../empty-state';
import { asked } from '../filters/filters';
import { FiltersBar } from '../filters/filters-bar';
import { useFilters } from '../filters/use-filters';
import { useBreaks } from '../use-breaks';

const EACH = { colspan: { default: 12, m: 6 } };
const COLUMNS = ['created', 'created_by_copilot', 'reviewed', 'reviewed_by_copilot', 'merged'] as const satisfies PullRequestMetric[];

/** A scale of minutes would be cut at odd hours. */
const inHours = ({ title, values }: Series): Series => ({
  title,
  values: values.map((value) => (value === null ? null : Math.round((value / 60) * 100) / 100)),
});

/** How much of reviewing and writing agents do. */
export default function PullRequestsPage() {
  const api = useApi();
  const [filters] = useFilters();
  const { from, to, interval } = filters;
  const { data, isPending, error } = useQuery(pullRequests(api, { ...asked(filters), level: 'organization', interval }));
  const repositories = useQuery(pullRequests(api, { ...asked(filters), level: 'repository', interval: 'total' }));
  const breaks = useBreaks(filters);
  const line = useMemo(() => timeline<PullRequestMetric, PullRequestRow>(data?.rows ?? [], { from, to, interval }), [data, from, to, interval]);
  const of = (title: string, metric: PullRequestMetric) => series<PullRequestMetric, PullRequestRow>(line, title, metric);
  const shares = (all: PullRequestMetric, byCopilot: PullRequestMetric) => {
    const part = of(text.pullRequests.byCopilot, byCopilot);
    const whole = of(text.pullRequests.all, all);
    return { series: [part, rest(text.pullRequests.byPeople, part, whole)], wholes: [part, whole], shape: 'stacked' as const };
  };
  const shared = {
    periods: line.periods,
    interval,
    isLoading: isPending,
    failure: error === null ? null : detailOf(error),
    empty: <EmptyState filters={filters} />,
    breaks,
    unit: text.units.pullRequests,
  };
  const ranks = (repositories.data?.rows ?? [])
    .map(({ subject, metrics }) => ({ name: subject.name ?? subject.id, values: COLUMNS.map((metric) => metrics[metric] ?? null) }))
    .sort((a, b) => (sum([b.values[0]]) ?? -1) - (sum([a.values[0]]) ?? -1));
  return (
    <Page title={text.pullRequests.title} description={text.pullRequests.description}>
      <SpaceBetween size="l">
        <FiltersBar />
        <BreaksNote breaks={breaks} />
        <Grid gridDefinition={[EACH, EACH, EACH, EACH]}>
          <TimePanel {...shared} title={text.pullRequests.created} file="created" {...shares('created', 'created_by_copilot')} />
          <TimePanel {...shared} title={text.pullRequests.reviewed} file="reviewed" {...shares('reviewed', 'reviewed_by_copilot')} />
          <TimePanel {...shared} title={text.pullRequests.merged} file="merged" {...shares('merged', 'merged_created_by_copilot')} />
          <TimePanel
            {...shared}
            title={text.pullRequests.medians}
            description={interval === 'day' ? text.pullRequests.mediansDescription : text.pullRequests.mediansByDayOnly}
            file="hours-to-merge"
            unit={text.units.hours}
            shape="bars"
            series={[
              inHours(of(text.pullRequests.all, 'median_minutes_to_merge')),
              inHours(of(text.pullRequests.reviewedByCopilot, 'median_minutes_to_merge_copilot_reviewed')),
              inHours(of(text.pullRequests.createdByCopilot, 'median_minutes_to_merge_copilot_authored')),
            ]}
            format={hours}
            axisFormat={text.units.inHours}
            empty={interval === 'day' ? shared.empty : text.pullRequests.mediansByDayOnly}
          />
        </Grid>
        <RankingPanel
          title={text.pullRequests.repositories}
          description={text.pullRequests.repositoriesDescription}
          file="repositories"
          columns={[text.pullRequests.repository, ...COLUMNS.map((metric) => text.pullRequests.columns[metric])]}
          ranks={ranks}
          drawn={[0, 1]}
          isLoading={repositories.isPending}
          failure={repositories.error === null ? null : detailOf(repositories.error)}
          empty={shared.empty}
        />
      </SpaceBetween>
    </Page>
  );
}
