import Grid from '@cloudscape-design/components/grid';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../../api/client';
import { costs, tokens, usage } from '../../api/queries';
import type { CostRow, TokenRow, UsageRow } from '../../api/types';
import { compact, compactMoney, decimal, money } from '../../format';
import { combine, type PanelQuery, stateOf } from '../../shell/panel-state';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { useAssistantName } from '../assistant-names';
import { BreaksNote } from '../breaks-note';
import { isEmpty } from '../chart/series';
import { TimePanel } from '../chart/time-panel';
import { EmptyState } from '../empty-state';
import { queryOf, type Filters } from '../filters/filters';
import { byKind } from '../tokens/figures';
import { useBreaks } from '../use-breaks';
import { assistants, costsOverTime, METRICS, rowsOf, TOPICS, topicOverTime, type Topic, withTokens } from './figures';

const COLUMN_SPAN = { colspan: { default: 12, m: 6 } };
const NO_USAGE: UsageRow[] = [];
const NO_TOKENS: TokenRow[] = [];
const NO_COSTS: CostRow[] = [];

/** Activity, tokens and cost of a person, in separate panels for each assistant. */
export function PersonCharts({ filters, person }: { filters: Filters; person: string }) {
  const api = useApi();
  const query = { ...queryOf(filters), interval: filters.interval, person };
  const usageQuery = useQuery(usage(api, { ...query, level: 'user', metrics: METRICS.join(',') }));
  const tokenQuery = useQuery(tokens(api, query));
  const costQuery = useQuery(costs(api, query));
  const assistantName = useAssistantName();
  const breaks = useBreaks(filters);
  const usageRows = usageQuery.data?.rows ?? NO_USAGE;
  const tokenRows = tokenQuery.data?.rows ?? NO_TOKENS;
  const costRows = costQuery.data?.rows ?? NO_COSTS;
  const all = assistants([...usageRows, ...tokenRows, ...costRows], assistantName);
  const queries: PanelQuery[] = [usageQuery, tokenQuery, costQuery];
  const isReady = queries.every((one) => stateOf(one) === 'ready');
  return (
    <SpaceBetween size="l">
      <BreaksNote breaks={breaks} />
      {/* A failed query hides no panel of another one. */}
      {!isReady && <QueryPanel query={combine(...queries)}>{null}</QueryPanel>}
      {isReady && all.length === 0 && <EmptyState filters={filters} />}
      {all.map((provider) => (
        <OneAssistant
          key={provider}
          name={assistantName(provider)}
          provider={provider}
          filters={filters}
          usageRows={usageRows}
          tokenRows={tokenRows}
          costRows={costRows}
        />
      ))}
    </SpaceBetween>
  );
}

interface Props {
  name: string;
  provider: string;
  filters: Filters;
  usageRows: readonly UsageRow[];
  tokenRows: readonly TokenRow[];
  costRows: readonly CostRow[];
}

function OneAssistant({ name, provider, filters, usageRows, tokenRows, costRows }: Props) {
  const { from, to, interval } = filters;
  const data = useMemo(() => {
    const range = { from, to, interval };
    const titled = (metric: (typeof METRICS)[number]) => text.person.metrics[metric];
    const topics = (Object.keys(TOPICS) as Topic[]).map((topic) => ({ topic, ...topicOverTime(rowsOf(usageRows, provider), topic, range, titled) }));
    return {
      topics: topics.filter(({ series }) => !isEmpty(series)),
      tokens: byKind(withTokens(rowsOf(tokenRows, provider)), range),
      costs: costsOverTime(rowsOf(costRows, provider), range, ({ basis }) => text.costs.bases[basis] ?? basis),
    };
  }, [provider, usageRows, tokenRows, costRows, from, to, interval]);
  const shared = { interval, empty: <EmptyState filters={filters} />, gapsNote: text.person.gaps };
  const panels = [
    ...data.topics.map(({ topic, periods, series }) => (
      <TimePanel
        {...shared}
        key={topic}
        title={text.person.topics[topic](name)}
        description={text.person.topicDescriptions[topic]}
        file={`${provider}-${topic}`}
        unit={text.person.units[topic]}
        periods={periods}
        series={series}
        // Lines would hide isolated days.
        shape="bars"
      />
    )),
    ...(isEmpty(data.tokens.series)
      ? []
      : [
          <TimePanel
            {...shared}
            {...data.tokens}
            key="tokens"
            title={text.person.tokens(name)}
            file={`${provider}-tokens`}
            unit={text.tokens.unit}
            shape="stacked"
          />,
        ]),
    ...data.costs
      .filter(({ series }) => !isEmpty(series))
      .map(({ currency, bases, periods, series }) => (
        <TimePanel
          {...shared}
          key={`costs-${currency ?? 'credits'}`}
          title={currency === null ? text.person.credits(name) : text.person.costs(name)}
          description={series.length > 1 ? text.person.costsDescription : text.costs.meanings[bases[0] ?? '']}
          file={`${provider}-costs-${currency ?? 'credits'}`}
          unit={currency ?? text.metrics.credits}
          periods={periods}
          series={series}
          shape="bars"
          format={(value) => (currency === null ? decimal(value) : money(value, currency))}
          axisFormat={(value) => (currency === null ? compact(value) : compactMoney(value, currency))}
        />
      )),
  ];
  return <Grid gridDefinition={panels.map(() => COLUMN_SPAN)}>{panels}</Grid>;
}
