import FormField from '@cloudscape-design/components/form-field';
import Grid from '@cloudscape-design/components/grid';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useSearchParams } from 'react-router';

import { useApi } from '../../api/client';
import { connectors, costs } from '../../api/queries';
import { detailOf } from '../../api/refusal';
import type { CostRow } from '../../api/words';
import { compact, compactMoney, decimal, money } from '../../format';
import { Page } from '../../shell/page';
import { text } from '../../strings';
import { RankingPanel } from '../chart/ranking-panel';
import { TimePanel } from '../chart/time-panel';
import { EmptyState } from '../empty-state';
import { asked } from '../filters/filters';
import { FiltersBar } from '../filters/filters-bar';
import { useFilters } from '../filters/use-filters';
import { type Figure, figureOverTime, figureRanks, figures } from './figures';

const HALF = { colspan: { default: 12, m: 6 } };
const NOTHING: CostRow[] = [];
const NO_FIGURE: Figure = { id: '', basis: 'billed', currency: null };

const nameOf = ({ basis, currency }: Figure) => `${text.costs.bases[basis] ?? basis}, ${currency ?? text.metrics.credits}`;
/** The subject of what nobody can be named for has an empty id. */
const personOf = ({ subject }: CostRow) => [subject?.name, subject?.email, subject?.id].find(Boolean) ?? text.costs.nobody;
const modelOf = ({ model, line_item }: CostRow) => model ?? line_item ?? text.costs.noModel;

/** What it costs, one figure at a time. */
export default function CostsPage() {
  const api = useApi();
  const [filters] = useFilters();
  const [search, setSearch] = useSearchParams();
  const { from, to, interval } = filters;
  const known = useQuery(connectors(api)).data;
  const daily = useQuery(costs(api, { ...asked(filters), interval }));
  const people = useQuery(costs(api, { ...asked(filters), interval: 'total', by: 'person' }));
  const models = useQuery(costs(api, { ...asked(filters), interval: 'total', by: 'model' }));
  const rows = daily.data?.rows ?? NOTHING;
  const all = useMemo(() => figures(rows), [rows]);
  const figure = all.find(({ id }) => id === search.get('figure')) ?? all[0] ?? NO_FIGURE;
  const { periods, series } = useMemo(() => {
    const connectorOf = (row: CostRow) => known?.find(({ id }) => id === row.connector)?.name ?? row.connector;
    return figureOverTime(rows, figure, { from, to, interval }, connectorOf);
  }, [rows, figure, from, to, interval, known]);
  const format = (value: number | null) => (figure.currency === null ? decimal(value) : money(value, figure.currency));
  const axisFormat = (value: number) => (figure.currency === null ? compact(value) : compactMoney(value, figure.currency));
  const shared = { failure: daily.error === null ? null : detailOf(daily.error), empty: <EmptyState filters={filters} /> };
  return (
    <Page title={text.costs.title} description={text.costs.description}>
      <SpaceBetween size="l">
        <FiltersBar />
        <FormField label={text.costs.figure} description={text.costs.meanings[figure.basis]}>
          <Select
            selectedOption={{ value: figure.id, label: nameOf(figure) }}
            options={all.map((one) => ({ value: one.id, label: nameOf(one), description: text.costs.meanings[one.basis] }))}
            disabled={all.length === 0}
            onChange={({ detail }) =>
              setSearch((now) => {
                const next = new URLSearchParams(now);
                next.set('figure', detail.selectedOption.value ?? '');
                return next;
              })
            }
          />
        </FormField>
        <TimePanel
          {...shared}
          title={text.costs.overTime}
          description={nameOf(figure)}
          file={`costs-${figure.id}`}
          unit={figure.currency ?? text.metrics.credits}
          periods={periods}
          series={series}
          interval={interval}
          shape="stacked"
          format={format}
          axisFormat={axisFormat}
          isLoading={daily.isPending}
        />
        <Grid gridDefinition={[HALF, HALF]}>
          <RankingPanel
            {...shared}
            title={text.costs.byPerson}
            description={nameOf(figure)}
            file={`costs-by-person-${figure.id}`}
            columns={[text.people.name, nameOf(figure)]}
            ranks={figureRanks(people.data?.rows ?? NOTHING, figure, personOf)}
            drawn={[0]}
            format={format}
            axisFormat={axisFormat}
            isLoading={people.isPending}
          />
          <RankingPanel
            {...shared}
            title={text.costs.byModel}
            description={nameOf(figure)}
            file={`costs-by-model-${figure.id}`}
            columns={[text.costs.model, nameOf(figure)]}
            ranks={figureRanks(models.data?.rows ?? NOTHING, figure, modelOf)}
            drawn={[0]}
            format={format}
            axisFormat={axisFormat}
            isLoading={models.isPending}
          />
        </Grid>
      </SpaceBetween>
    </Page>
  );
}
