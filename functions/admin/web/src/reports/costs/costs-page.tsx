import FormField from '@cloudscape-design/components/form-field';
import Grid from '@cloudscape-design/components/grid';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../../api/client';
import { costs } from '../../api/queries';
import type { CostRow } from '../../api/words';
import { compact, compactMoney, decimal, money } from '../../format';
import { Page } from '../../shell/page';
import { together } from '../../shell/panel-state';
import { text } from '../../strings';
import { RankingPanel } from '../chart/ranking-panel';
import type { Series } from '../chart/series';
import { TimePanel } from '../chart/time-panel';
import { EmptyState } from '../empty-state';
import { asked } from '../filters/filters';
import { FiltersBar } from '../filters/filters-bar';
import { useAddress } from '../filters/use-address';
import { useFilters } from '../filters/use-filters';
import { useKnown } from '../known-connectors';
import { type Figure, figureOverTime, figureRanks, figures, known, type Part, personOf } from './figures';

const HALF = { colspan: { default: 12, m: 6 } };
const NOTHING: CostRow[] = [];
const NO_FIGURE: Figure = { id: '', basis: 'billed', currency: null, provider: null };

const modelOf = ({ model, line_item }: CostRow): Part => {
  const name = model ?? line_item;
  return name ? { key: name, name } : { key: '', name: text.costs.noModel, isRest: true };
};

/** What it costs, one figure at a time. */
export default function CostsPage() {
  const api = useApi();
  const [filters] = useFilters();
  const [search, setSearch] = useAddress();
  const { from, to, interval } = filters;
  const all = useKnown();
  const daily = useQuery(costs(api, { ...asked(filters), interval }));
  const people = useQuery(costs(api, { ...asked(filters), interval: 'total', by: 'person' }));
  const models = useQuery(costs(api, { ...asked(filters), interval: 'total', by: 'model' }));
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
  return (
    <Page title={text.costs.title} description={text.costs.description}>
      <SpaceBetween size="l">
        <FiltersBar />
        {choices.length > 0 && (
          <FormField label={text.costs.figure} description={text.costs.meanings[figure.basis]}>
            <Select
              selectedOption={{ value: figure.id, label: nameOf(figure) }}
              options={choices.map((one) => ({ value: one.id, label: nameOf(one), description: text.costs.meanings[one.basis] }))}
              onChange={({ detail }) =>
                setSearch((now) => {
                  const next = new URLSearchParams(now);
                  next.set('figure', detail.selectedOption.value ?? '');
                  return next;
                })
              }
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
        <Grid gridDefinition={[HALF, HALF]}>
          <RankingPanel
            {...shared}
            query={together(daily, people)}
            note={lowerBound(people.data?.rows ?? NOTHING)}
            title={text.costs.byPerson}
            description={nameOf(figure)}
            file={`costs-by-person-${figure.id}`}
            columns={[text.people.name, nameOf(figure)]}
            ranks={figureRanks(people.data?.rows ?? NOTHING, figure, (row) => personOf(row, text.costs.unattributed))}
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
    </Page>
  );
}
