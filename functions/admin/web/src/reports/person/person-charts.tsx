import Grid from '@cloudscape-design/components/grid';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../../api/client';
import { costs, tokens, usage } from '../../api/queries';
import type { CostRow, TokenRow, UsageRow } from '../../api/words';
import { compact, compactMoney, decimal, money } from '../../format';
import { together } from '../../shell/panel-state';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { useAssistantName } from '../assistant-names';
import { BreaksNote } from '../breaks-note';
import { isEmpty } from '../chart/series';
import { TimePanel } from '../chart/time-panel';
import { EmptyState } from '../empty-state';
import { asked, type Filters } from '../filters/filters';
import { byKind } from '../tokens/figures';
import { useBreaks } from '../use-breaks';
import { assistants, costsOverTime, METRICS, of, TOPICS, topicOverTime, type Topic, withTokens } from './figures';

const EACH = { colspan: { default: 12, m: 6 } };
const NO_USAGE: UsageRow[] = [];
const NO_TOKENS: TokenRow[] = [];
const NO_COSTS: CostRow[] = [];

/** What the person did, tokens and cost: each assistant in panels of its own. */
export function PersonCharts({ filters, person }: { filters: Filters; person: string }) {
  const api = useApi();
  const question = { ...asked(filters), interval: filters.interval, person };
  const activity = useQuery(usage(api, { ...question, level: 'user', metrics: METRICS.join(',') }));
  const ofTokens = useQuery(tokens(api, question));
  const ofCosts = useQuery(costs(api, question));
  const assistantName = useAssistantName();
  const breaks = useBreaks(filters);
  const usageRows = activity.data?.rows ?? NO_USAGE;
  const tokenRows = ofTokens.data?.rows ?? NO_TOKENS;
  const costRows = ofCosts.data?.rows ?? NO_COSTS;
  const all = assistants([...usageRows, ...tokenRows, ...costRows], assistantName);
  return (
    <QueryPanel query={together(activity, ofTokens, ofCosts)}>
      <SpaceBetween size="l">
        <BreaksNote breaks={breaks} />
        {all.length === 0 && <EmptyState filters={filters} />}
        {all.map((provider) => (
          <OneAssistant
            key={provider}
            name={assistantName(provider)}
            provider={provider}
            filters={filters}
            activity={usageRows}
            ofTokens={tokenRows}
            ofCosts={costRows}
          />
        ))}
      </SpaceBetween>
    </QueryPanel>
  );
}

interface Props {
  name: string;
  provider: string;
  filters: Filters;
  activity: readonly UsageRow[];
  ofTokens: readonly TokenRow[];
  ofCosts: readonly CostRow[];
}

function OneAssistant({ name, provider, filters, activity, ofTokens, ofCosts }: Props) {
  const { from, to, interval } = filters;
  const found = useMemo(() => {
    const range = { from, to, interval };
    const titled = (metric: (typeof METRICS)[number]) => text.person.metrics[metric];
    const topics = (Object.keys(TOPICS) as Topic[]).map((topic) => ({ topic, ...topicOverTime(of(activity, provider), topic, range, titled) }));
    return {
      topics: topics.filter(({ series }) => !isEmpty(series)),
      tokens: byKind(withTokens(of(ofTokens, provider)), range),
      costs: costsOverTime(of(ofCosts, provider), range, ({ basis }) => text.costs.bases[basis] ?? basis),
    };
  }, [provider, activity, ofTokens, ofCosts, from, to, interval]);
  const shared = { interval, empty: <EmptyState filters={filters} />, gapsNote: text.person.gaps };
  const panels = [
    ...found.topics.map(({ topic, periods, series }) => (
      <TimePanel
        {...shared}
        key={topic}
        title={text.person.topics[topic](name)}
        description={text.person.topicDescriptions[topic]}
        file={`${provider}-${topic}`}
        unit={text.person.units[topic]}
        periods={periods}
        series={series}
        // Lines would hide single days.
        shape="bars"
      />
    )),
    ...(isEmpty(found.tokens.series)
      ? []
      : [
          <TimePanel
            {...shared}
            {...found.tokens}
            key="tokens"
            title={text.person.tokens(name)}
            file={`${provider}-tokens`}
            unit={text.tokens.unit}
            shape="stacked"
          />,
        ]),
    ...found.costs
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
  return <Grid gridDefinition={panels.map(() => EACH)}>{panels}</Grid>;
}
