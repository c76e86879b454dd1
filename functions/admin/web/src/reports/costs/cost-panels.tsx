import FormField from '@cloudscape-design/components/form-field';
import Grid from '@cloudscape-design/components/grid';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../../api/client';
import { costs } from '../../api/queries';
import type { CostRow, TeamRef } from '../../api/types';
import { compact, compactMoney, decimal, money } from '../../format';
import { combine } from '../../shell/panel-state';
import { text } from '../../strings';
import { hrefOfPerson, hrefOfTeam } from '../addresses';
import { RankingPanel } from '../chart/ranking-panel';
import type { Series } from '../chart/series';
import { TimePanel } from '../chart/time-panel';
import { EmptyState } from '../empty-state';
import { queryOf, type Filters } from '../filters/filters';
import { useAddress } from '../filters/use-address';
import { useConnectorLabels } from '../connector-labels';
import { type CostBasis, basisOverTime, basisRanks, costBases, knownAmount, type Part, personOf, teamOf } from './figures';

const COLUMN_SPAN = { colspan: { default: 12, m: 6 } };
const NOTHING: CostRow[] = [];
/** The groups of costs. A team has the costs of its people. */
const BY = ['person', 'team'] as const;
const NO_BASIS: CostBasis = { id: '', basis: 'billed', currency: null, provider: null };

const modelOf = ({ model, line_item }: CostRow): Part => {
  const name = model ?? line_item;
  return name ? { key: name, name } : { key: '', name: text.costs.noModel, isRest: true };
};

/** Joins sentences to one note. */
const noteOf = (...sentences: (string | false | undefined)[]) => sentences.filter(Boolean).join(' ') || undefined;

/** Costs on one basis at a time, of all people or of a team's members on each day. */
export function CostPanels({ filters, team }: { filters: Filters; team?: string }) {
  const api = useApi();
  const [search, setSearch] = useAddress();
  const { from, to, interval } = filters;
  const labels = useConnectorLabels();
  const baseQuery = { ...queryOf(filters), ...(team !== undefined && { team }) };
  const daily = useQuery(costs(api, { ...baseQuery, interval }));
  const by = BY.find((one) => team === undefined && one === search.get('by')) ?? 'person';
  const ranked = useQuery(costs(api, { ...baseQuery, interval: 'total', by }));
  const models = useQuery(costs(api, { ...baseQuery, interval: 'total', by: 'model' }));
  const rows = daily.data?.rows ?? NOTHING;
  const choices = useMemo(() => costBases(rows), [rows]);
  const costBasis = choices.find(({ id }) => id === search.get('basis')) ?? choices[0] ?? NO_BASIS;
  const { periods, series } = useMemo(() => {
    const result = basisOverTime(rows, costBasis, { from, to, interval });
    const ordered = [...result.series].sort((one, other) => labels.byAge(one.connector, other.connector));
    const colored = ordered.map(({ connector, values }): Series => {
      const color = labels.connectorColor(connector);
      return { title: labels.connectorName(connector), values, ...(color !== undefined && { color }) };
    });
    return { periods: result.periods, series: colored };
  }, [rows, costBasis, from, to, interval, labels]);
  const format = (value: number | null) => (costBasis.currency === null ? decimal(value) : money(value, costBasis.currency));
  const axisFormat = (value: number) => (costBasis.currency === null ? compact(value) : compactMoney(value, costBasis.currency));
  const nameOf = ({ basis, currency, provider }: CostBasis) => {
    const unit = currency ?? (provider === null ? text.metrics.credits : text.costs.creditsOf(labels.assistantName(provider)));
    return `${text.costs.bases[basis] ?? basis}, ${unit}`;
  };
  const lowerBound = (own: readonly CostRow[]) => {
    const { value, unpriced } = knownAmount(own, costBasis);
    return unpriced === 0 ? undefined : text.costs.lowerBound(value === null ? null : format(value), unpriced);
  };
  const shared = { empty: <EmptyState filters={filters} />, format, axisFormat };
  const change = (name: 'basis' | 'by', value: string) =>
    setSearch((now) => {
      const next = new URLSearchParams(now);
      next.set(name, value);
      return next;
    });
  const partOf = (row: CostRow): Part => {
    if (by === 'person') return personOf(row, text.costs.unattributed, (person) => hrefOfPerson(person, search));
    const whereOf = ({ connector }: TeamRef) => (connector === null ? text.teams.mappingFile : labels.connectorName(connector));
    return teamOf(row, text.teams.noTeam, whereOf, (team) => hrefOfTeam(team, search));
  };
  return (
    <SpaceBetween size="l">
      {choices.length > 0 && (
        <FormField label={text.costs.basis} description={text.costs.meanings[costBasis.basis]}>
          <Select
            selectedOption={{ value: costBasis.id, label: nameOf(costBasis) }}
            options={choices.map((one) => ({ value: one.id, label: nameOf(one), description: text.costs.meanings[one.basis] }))}
            onChange={({ detail }) => change('basis', detail.selectedOption.value ?? '')}
          />
        </FormField>
      )}
      <TimePanel
        {...shared}
        query={daily}
        note={lowerBound(rows)}
        title={text.costs.overTime}
        description={nameOf(costBasis)}
        file={`costs-${costBasis.id}`}
        unit={costBasis.currency ?? text.metrics.credits}
        periods={periods}
        series={series}
        interval={interval}
        shape="stacked"
      />
      {team === undefined && (
        <SegmentedControl
          label={text.costs.by}
          selectedId={by}
          options={BY.map((id) => ({ id, text: text.costs.ranked[id] }))}
          onChange={({ detail }) => change('by', detail.selectedId)}
        />
      )}
      <Grid gridDefinition={[COLUMN_SPAN, COLUMN_SPAN]}>
        <RankingPanel
          {...shared}
          query={combine(daily, ranked)}
          note={noteOf(by === 'team' && text.teams.overlap, lowerBound(ranked.data?.rows ?? NOTHING))}
          title={text.costs.ranked[by]}
          description={nameOf(costBasis)}
          file={`costs-by-${by}-${costBasis.id}`}
          columns={[by === 'team' ? text.teams.name : text.people.name, nameOf(costBasis)]}
          ranks={basisRanks(ranked.data?.rows ?? NOTHING, costBasis, partOf)}
          drawn={[0]}
        />
        <RankingPanel
          {...shared}
          query={combine(daily, models)}
          note={lowerBound(models.data?.rows ?? NOTHING)}
          title={text.costs.byModel}
          description={nameOf(costBasis)}
          file={`costs-by-model-${costBasis.id}`}
          columns={[text.costs.model, nameOf(costBasis)]}
          ranks={basisRanks(models.data?.rows ?? NOTHING, costBasis, modelOf)}
          drawn={[0]}
        />
      </Grid>
    </SpaceBetween>
  );
}
