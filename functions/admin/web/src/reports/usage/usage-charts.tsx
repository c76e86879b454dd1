import Grid from '@cloudscape-design/components/grid';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../../api/client';
import { connectors, usage } from '../../api/queries';
import type { ActivityMetric, Connector, UsageRow } from '../../api/types';
import { decimal, percent } from '../../format';
import { text } from '../../strings';
import { BreaksNote } from '../breaks-note';
import { apart, isEmpty, parts, type Series, series, shares, timeline } from '../chart/series';
import { TimePanel } from '../chart/time-panel';
import { EmptyState } from '../empty-state';
import { queryOf, type Filters, inScope } from '../filters/filters';
import { useConnectorLabels } from '../connector-labels';
import { ActivePeoplePanel } from '../people/active-people-panel';
import { useBreaks } from '../use-breaks';

const METRICS = [
  'active',
  'engaged',
  'completions_suggested',
  'completions_accepted',
  'chat_turns',
  'agent_requests',
  'lines_suggested',
  'lines_accepted',
  'credits',
] as const satisfies ActivityMetric[];

const NONE: Connector[] = [];
const COLUMN_SPAN = { colspan: { default: 12, m: 6 } };

/** The usage of all accounts, or of a team's members on each day. */
export function UsageCharts({ filters, team }: { filters: Filters; team?: string }) {
  const api = useApi();
  const ofTeam = team !== undefined && { team };
  const query = useQuery(usage(api, { ...queryOf(filters), interval: filters.interval, metrics: METRICS.join(','), ...ofTeam }));
  const isOfOne = inScope(useQuery(connectors(api)).data ?? NONE, filters).length === 1;
  const labels = useConnectorLabels();
  const breaks = useBreaks(filters);
  const { from, to, interval } = filters;
  const { data } = query;
  const line = useMemo(() => timeline<ActivityMetric, UsageRow>(data?.rows ?? [], { from, to, interval }), [data, from, to, interval]);
  const seriesOf = (title: string, metric: ActivityMetric) => series<ActivityMetric, UsageRow>(line, title, metric);

  const active = seriesOf(text.metrics.active, 'active');
  const shared = { periods: line.periods, interval, query, empty: <EmptyState filters={filters} />, breaks };
  // Hides the chart of a metric that the chosen providers do not report, unless they report nothing at all.
  const optional = (one: React.ReactNode, ...all: Parameters<typeof isEmpty>[0]) => (isEmpty(all) && !isEmpty([active]) ? null : one);

  /** One timeline per assistant, because credits and rates of two assistants cannot be added. */
  const linesWith = (metric: ActivityMetric) =>
    apart(line, ({ provider }) => provider)
      .filter(([, own]) => !isEmpty([series<ActivityMetric, UsageRow>(own, '', metric)]))
      .sort(([a], [b]) => a.localeCompare(b));
  const colored = (one: Series, color: string | undefined): Series => (color === undefined ? one : { ...one, color });

  // The numbers of one account also include engaged people.
  const people =
    isOfOne && team === undefined ? (
      <TimePanel
        key="people"
        {...shared}
        title={text.usage.people}
        description={text.usage.peopleDescription}
        file="people"
        unit={text.units.people}
        series={parts<ActivityMetric, UsageRow>(line, ['engaged', 'active'], {
          part: text.metrics.engaged,
          rest: text.metrics.activeOnly,
          unsplit: text.metrics.activeUnsplit,
        })}
        wholes={[seriesOf(text.metrics.engaged, 'engaged'), active]}
        shape="stacked"
      />
    ) : (
      <ActivePeoplePanel key="people" title={text.usage.people} file="people" filters={filters} {...ofTeam} />
    );

  const rates = linesWith('completions_accepted').map(([provider, own], _, { length }) => {
    const title = length === 1 ? text.usage.acceptance : labels.assistantName(provider);
    const one = shares<ActivityMetric, UsageRow>(own, title, 'completions_accepted', 'completions_suggested');
    return length === 1 ? one : colored(one, labels.assistantColor(provider));
  });

  const credits = linesWith('credits').map(([provider, own], _, { length }) => (
    <TimePanel
      key={`credits-${provider}`}
      {...shared}
      title={length === 1 ? text.usage.credits : text.usage.creditsOf(labels.assistantName(provider))}
      description={text.usage.creditsDescription}
      file={length === 1 ? 'credits' : `credits-${provider}`}
      unit={text.metrics.credits}
      shape="bars"
      series={[series<ActivityMetric, UsageRow>(own, text.metrics.credits, 'credits')]}
      format={decimal}
    />
  ));

  const counts = (topic: 'chat' | 'lines', unit: string, metrics: ('chat_turns' | 'agent_requests' | 'lines_suggested' | 'lines_accepted')[]) => (
    <TimePanel
      key={topic}
      {...shared}
      title={text.usage[topic]}
      description={text.usage[`${topic}Description`]}
      file={topic}
      unit={unit}
      shape="lines"
      series={metrics.map((metric) => seriesOf(text.metrics[metric], metric))}
    />
  );

  const panels = [
    people,
    <TimePanel
      key="completions"
      {...shared}
      title={text.usage.completions}
      description={text.usage.completionsDescription}
      file="completions"
      unit={text.units.completions}
      series={parts<ActivityMetric, UsageRow>(line, ['completions_accepted', 'completions_suggested'], {
        part: text.metrics.completions_accepted,
        rest: text.metrics.notAccepted,
        unsplit: text.metrics.suggestedUnsplit,
      })}
      wholes={[seriesOf(text.metrics.completions_accepted, 'completions_accepted'), seriesOf(text.metrics.completions_suggested, 'completions_suggested')]}
      shape="stacked"
    />,
    optional(
      <TimePanel
        key="rate"
        {...shared}
        title={text.usage.acceptance}
        description={text.usage.acceptanceDescription}
        file="acceptance"
        unit={text.units.share}
        shape="lines"
        series={rates}
        format={percent}
        axisFormat={percent}
      />,
      ...rates,
    ),
    counts('chat', text.units.requests, ['chat_turns', 'agent_requests']),
    optional(counts('lines', text.units.lines, ['lines_suggested', 'lines_accepted']), seriesOf('', 'lines_suggested'), seriesOf('', 'lines_accepted')),
    ...credits,
  ].filter(Boolean);

  return (
    <SpaceBetween size="l">
      <BreaksNote breaks={breaks} />
      <Grid gridDefinition={panels.map(() => COLUMN_SPAN)}>{panels}</Grid>
    </SpaceBetween>
  );
}
