import FormField from '@cloudscape-design/components/form-field';
import Grid from '@cloudscape-design/components/grid';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../../api/client';
import { costs } from '../../api/queries';
import type { CostRow, TeamRef } from '../../api/words';
import { compact, compactMoney, decimal, money } from '../../format';
import { together } from '../../shell/panel-state';
import { text } from '../../strings';
import { hrefOfPerson, hrefOfTeam } from '../addresses';
import { RankingPanel } from '../chart/ranking-panel';
import type { Series } from '../chart/series';
import { TimePanel } from '../chart/time-panel';
import { EmptyState } from '../empty-state';
import { asked, type Filters } from '../filters/filters';
import { useAddress } from '../filters/use-address';
import { useKnown } from '../known-connectors';
import { type Figure, figureOverTime, figureRanks, figures, known, type Part, personOf, teamOf } from './figures';

const HALF = { colspan: { default: 12, m: 6 } };
const NOTHING: CostRow[] = [];
/** Whose costs. A team has those of its people. */
const BY = ['person', 'team'] as const;
const NO_FIGURE: Figure = { id: '', basis: 'billed', currency: null, provider: null };

const modelOf = ({ model, line_item }: CostRow): Part => {
  const name = model ?? line_item;
  return name ? { key: name, name } : { key: '', name: text.costs.noModel, isRest: true };
};

/** One note of several sentences. */
const noteOf = (...sentences: (string | false | undefined)[]) => sentences.filter(Boolean).join(' ') || undefined;

/** What it costs, one figure at a time: of everybody, or of those who were in a team on each day. */
export function CostPanels({ filters, team }: { filters: Filters; team?: string }) {
  const api = useApi();
  const [search, setSearch] = useAddress();
  const { from, to, interval } = filters;
  const all = useKnown();
  const question = { ...asked(filters), ...(team !== undefined && { team }) };
  const daily = useQuery(costs(api, { ...question, interval }));
  const by = BY.find((one) => team === undefined && one === search.get('by')) ?? 'person';
  const ranked = useQuery(costs(api, { ...question, interval: 'total', by }));
  const models = useQuery(costs(api, { ...question, interval: 'total', by: 'model' }));
  const rows = daily.data?.rows ?? NOTHING;
  const choices = useMemo(() => figures(rows), [rows]);
  const figure = choices.find(({ id }) => id === search.get('figure')) ?? choices[0] ?? NO_FIGURE;
  const { periods, series } = useMemo(() => {
    const found = figureOverTime(rows, figure, { from, to, interval });
    const ordered = [...found.series].sort((one, other) => all.byAge(one.connector, other.connector));
    const colored = ordered.map(({ connector, values }): Series => {
      const color = all.connectorColor(connector);
      return { title: all.connectorName(connector), values, ...(color !== undefined && { color }) };
    });
    return { periods: found.periods, series: colored };
  }, [rows, figure, from, to, interval, all]);
  const format = (value: number | null) => (figure.currency === null ? decimal(value) : money(value, figure.currency));
  const axisFormat = (value: number) => (figure.currency === null ? compact(value) : compactMoney(value, figure.currency));
  const nameOf = ({ basis, currency, provider }: Figure) => {
    const unit = currency ?? (provider === null ? text.metrics.credits : text.costs.creditsOf(all.assistantName(provider)));
    return `${text.costs.bases[basis] ?? basis}, ${unit}`;
  };
  const lowerBound = (of: readonly CostRow[]) => {
    const { value, unpriced } = known(of, figure);
    return unpriced === 0 ? undefined : text.costs.lowerBound(value === null ? null : format(value), unpriced);
  };
  const shared = { empty: <EmptyState filters={filters} />, format, axisFormat };
  const change = (name: 'figure' | 'by', value: string) =>
    setSearch((now) => {
      const next = new URLSearchParams(now);
      next.set(name, value);
      return next;
    });
  const partOf = (row: CostRow): Part => {
    if (by === 'person') return personOf(row, text.costs.unattributed, (person) => hrefOfPerson(person, search));
    const whereOf = ({ connector }: TeamRef) => (connector === null ? text.teams.mappingFile : all.connectorName(connector));
    return teamOf(row, text.teams.noTeam, whereOf, (team) => hrefOfTeam(team, search));
  };
  return (
    <SpaceBetween size="l">
      {choices.length > 0 && (
        <FormField label={text.costs.figure} description={text.costs.meanings[figure.basis]}>
          <Select
            selectedOption={{ value: figure.id, label: nameOf(figure) }}
            options={choices.map((one) => ({ value: one.id, label: nameOf(one), description: text.costs.meanings[one.basis] }))}
            onChange={({ detail }) => change('figure', detail.selectedOption.value ?? '')}
          />
        </FormField>
      )}
      <TimePanel
        {...shared}
        query={daily}
        note={lowerBound(rows)}
        title={text.costs.overTime}
        description={nameOf(figure)}
        file={`costs-${figure.id}`}
        unit={figure.currency ?? text.metrics.credits}
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
      <Grid gridDefinition={[HALF, HALF]}>
        <RankingPanel
          {...shared}
          query={together(daily, ranked)}
          note={noteOf(by === 'team' && text.teams.overlap, lowerBound(ranked.data?.rows ?? NOTHING))}
          title={text.costs.ranked[by]}
          description={nameOf(figure)}
          file={`costs-by-${by}-${figure.id}`}
          columns={[by === 'team' ? text.teams.name : text.people.name, nameOf(figure)]}
          ranks={figureRanks(ranked.data?.rows ?? NOTHING, figure, partOf)}
          drawn={[0]}
        />
        <RankingPanel
          {...shared}
          query={together(daily, models)}
          note={lowerBound(models.data?.rows ?? NOTHING)}
          title={text.costs.byModel}
          description={nameOf(figure)}
          file={`costs-by-model-${figure.id}`}
          columns={[text.costs.model, nameOf(figure)]}
          ranks={figureRanks(models.data?.rows ?? NOTHING, figure, modelOf)}
          drawn={[0]}
        />
      </Grid>
    </SpaceBetween>
  );
}
