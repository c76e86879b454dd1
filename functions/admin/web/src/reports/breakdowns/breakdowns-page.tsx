import FormField from '@cloudscape-design/components/form-field';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../../api/client';
import { breakdown } from '../../api/queries';
import type { BreakdownMetric, Dimension } from '../../api/types';
import { Page } from '../../shell/page';
import { combine } from '../../shell/panel-state';
import { text } from '../../strings';
import { hrefOfTeam } from '../addresses';
import { BreaksNote } from '../breaks-note';
import { type Rank, RankingPanel } from '../chart/ranking-panel';
import { TimePanel } from '../chart/time-panel';
import { EmptyState } from '../empty-state';
import { queryOf, type Filters } from '../filters/filters';
import { FiltersBar } from '../filters/filters-bar';
import { useAddress } from '../filters/use-address';
import { useFilters } from '../filters/use-filters';
import { useConnectorLabels } from '../connector-labels';
import { useBreaks } from '../use-breaks';
import { COLUMNS, reportedMetrics, overTime, ranking, teamRanks } from './ranking';

const DIMENSIONS = ['editor', 'language', 'model', 'feature', 'client', 'tool'] as const satisfies Dimension[];

/** Activity by one dimension at a time. Dimensions overlap and are never added. */
export default function BreakdownsPage() {
  const [search, setSearch] = useAddress();
  const [filters] = useFilters();
  const by = DIMENSIONS.find((dimension) => dimension === search.get('by')) ?? 'language';
  return (
    <Page title={text.breakdowns.title} description={text.breakdowns.description}>
      <SpaceBetween size="l">
        <FiltersBar />
        <Tabs
          activeTabId={by}
          ariaLabel={text.breakdowns.dimension}
          onChange={({ detail }) =>
            setSearch((now) => {
              const next = new URLSearchParams(now);
              next.set('by', detail.activeTabId);
              next.delete('metric');
              return next;
            })
          }
          tabs={DIMENSIONS.map((id) => ({
            id,
            label: text.breakdowns.by[id],
            content: id === by && <OneDimension by={by} filters={filters} />,
          }))}
        />
      </SpaceBetween>
    </Page>
  );
}

function OneDimension({ by, filters }: { by: Dimension; filters: Filters }) {
  const api = useApi();
  const [search, setSearch] = useAddress();
  const total = useQuery(breakdown(api, { ...queryOf(filters), by, interval: 'total' }));
  const daily = useQuery(breakdown(api, { ...queryOf(filters), by, interval: filters.interval }));
  const breaks = useBreaks(filters);
  const rows = useMemo(() => total.data?.rows ?? [], [total.data]);
  const metrics = reportedMetrics(rows);
  const requested = search.get('metric');
  const metric: BreakdownMetric = metrics.find((one) => one === requested) ?? metrics[0] ?? 'generations';
  const ranks = useMemo(() => ranking(rows, metric), [rows, metric]);
  const isByTeam = search.get('split') === 'team';
  const { periods, series } = useMemo(() => overTime(daily.data?.rows ?? [], filters, metric, ranks), [daily.data, filters, metric, ranks]);
  const shared = { empty: <EmptyState filters={filters} /> };
  return (
    <SpaceBetween size="l">
      <FormField label={text.breakdowns.metric}>
        <Select
          selectedOption={{ value: metric, label: text.breakdownMetrics[metric] }}
          options={metrics.map((value) => ({ value, label: text.breakdownMetrics[value] }))}
          onChange={({ detail }) =>
            setSearch((now) => {
              const next = new URLSearchParams(now);
              next.set('metric', detail.selectedOption.value ?? metric);
              return next;
            })
          }
        />
      </FormField>
      <BreaksNote breaks={breaks} />
      <RankingPanel
        {...shared}
        title={text.breakdowns.by[by]}
        description={text.breakdowns.byMetric(text.breakdownMetrics[metric])}
        file={`${by}-total`}
        columns={[text.breakdowns.by[by], ...COLUMNS.map((column) => text.breakdownMetrics[column])]}
        ranks={ranks}
        drawn={[COLUMNS.indexOf(metric)]}
        query={total}
      />
      <TimePanel
        {...shared}
        title={text.breakdowns.overTime(text.breakdowns.by[by])}
        description={text.breakdowns.byMetric(text.breakdownMetrics[metric])}
        file={`${by}-${filters.interval}`}
        periods={periods}
        series={series}
        interval={filters.interval}
        unit={text.breakdownMetrics[metric]}
        shape="stacked"
        breaks={breaks}
        // The ranking decides which values get a series.
        query={combine(total, daily)}
      />
      <SegmentedControl
        label={text.breakdowns.split}
        selectedId={isByTeam ? 'team' : 'none'}
        options={(['none', 'team'] as const).map((id) => ({ id, text: text.breakdowns.splits[id] }))}
        onChange={({ detail }) =>
          setSearch((now) => {
            const next = new URLSearchParams(now);
            if (detail.selectedId === 'none') next.delete('split');
            else next.set('split', detail.selectedId);
            return next;
          })
        }
      />
      {isByTeam && <ByTeam by={by} metric={metric} ranks={ranks} filters={filters} />}
    </SpaceBetween>
  );
}

/** The first values by team. Values of one team add up; teams do not. */
function ByTeam({ by, metric, ranks, filters }: { by: Dimension; metric: BreakdownMetric; ranks: readonly Rank[]; filters: Filters }) {
  const [search] = useAddress();
  const { connectorName } = useConnectorLabels();
  const query = useQuery(breakdown(useApi(), { ...queryOf(filters), by, split: 'team', interval: 'total' }));
  const byTeam = teamRanks(query.data?.rows ?? [], metric, ranks, {
    whereOf: ({ connector }) => (connector === null ? text.teams.mappingFile : connectorName(connector)),
    hrefOf: (team) => hrefOfTeam(team, search),
  });
  return (
    <RankingPanel
      title={text.breakdowns.byTeam(text.breakdowns.by[by])}
      description={text.breakdowns.byMetric(text.breakdownMetrics[metric])}
      note={text.teams.overlap}
      file={`${by}-by-team`}
      columns={[text.teams.name, ...byTeam.values]}
      ranks={byTeam.ranks}
      drawn={byTeam.values.map((_, place) => place)}
      isStacked
      query={query}
      empty={text.breakdowns.noTeams}
    />
  );
}
