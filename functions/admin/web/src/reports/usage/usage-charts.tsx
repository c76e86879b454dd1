import Grid from '@cloudscape-design/components/grid';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../../api/client';
import { connectors, usage } from '../../api/queries';
import type { ActivityMetric, Connector, UsageRow } from '../../api/words';
import { decimal, percent } from '../../format';
import { text } from '../../strings';
import { BreaksNote } from '../breaks-note';
import { apart, isEmpty, parts, type Series, series, shares, timeline } from '../chart/series';
import { TimePanel } from '../chart/time-panel';
import { EmptyState } from '../empty-state';
import { asked, type Filters, meant } from '../filters/filters';
import { useKnown } from '../known-connectors';
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
const EACH = { colspan: { default: 12, m: 6 } };

/** The usage of the accounts, or of those who were in a team on each day. */
export function UsageCharts({ filters, team }: { filters: Filters; team?: string }) {
  const api = useApi();
  const ofTeam = team !== undefined && { team };
  const query = useQuery(usage(api, { ...asked(filters), interval: filters.interval, metrics: METRICS.join(','), ...ofTeam }));
  const isOfOne = meant(useQuery(connectors(api)).data ?? NONE, filters).length === 1;
  const known = useKnown();
  const breaks = useBreaks(filters);
  const { from, to, interval } = filters;
  const { data } = query;
  const line = useMemo(() => timeline<ActivityMetric, UsageRow>(data?.rows ?? [], { from, to, interval }), [data, from, to, interval]);
  const of = (title: string, metric: ActivityMetric) => series<ActivityMetric, UsageRow>(line, title, metric);

  const active = of(text.metrics.active, 'active');
  const shared = { periods: line.periods, interval, query, empty: <EmptyState filters={filters} />, breaks };
  // A metric that the chosen providers never report needs no empty chart, while they report something.
  const optional = (one: React.ReactNode, ...all: Parameters<typeof isEmpty>[0]) => (isEmpty(all) && !isEmpty([active]) ? null : one);

  /** Credits and rates of two assistants are different things. */
  const having = (metric: ActivityMetric) =>
    apart(line, ({ provider }) => provider)
      .filter(([, its]) => !isEmpty([series<ActivityMetric, UsageRow>(its, '', metric)]))
      .sort(([a], [b]) => a.localeCompare(b));
  const colored = (one: Series, color: string | undefined): Series => (color === undefined ? one : { ...one, color });

  // One account's own numbers also say who was engaged.
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
        wholes={[of(text.metrics.engaged, 'engaged'), active]}
        shape="stacked"
      />
    ) : (
      <ActivePeoplePanel key="people" title={text.usage.people} file="people" filters={filters} {...ofTeam} />
    );

  const rates = having('completions_accepted').map(([provider, its], _, { length }) => {
    const title = length === 1 ? text.usage.acceptance : known.assistantName(provider);
    const one = shares<ActivityMetric, UsageRow>(its, title, 'completions_accepted', 'completions_suggested');
    return length === 1 ? one : colored(one, known.assistantColor(provider));
  });

  const credits = having('credits').map(([provider, its], _, { length }) => (
    <TimePanel
      key={`credits-${provider}`}
      {...shared}
      title={length === 1 ? text.usage.credits : text.usage.creditsOf(known.assistantName(provider))}
      description={text.usage.creditsDescription}
      file={length === 1 ? 'credits' : `credits-${provider}`}
      unit={text.metrics.credits}
      shape="bars"
      series={[series<ActivityMetric, UsageRow>(its, text.metrics.credits, 'credits')]}
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
      series={metrics.map((metric) => of(text.metrics[metric], metric))}
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
      wholes={[of(text.metrics.completions_accepted, 'completions_accepted'), of(text.metrics.completions_suggested, 'completions_suggested')]}
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
    optional(counts('lines', text.units.lines, ['lines_suggested', 'lines_accepted']), of('', 'lines_suggested'), of('', 'lines_accepted')),
    ...credits,
  ].filter(Boolean);

  return (
    <SpaceBetween size="l">
      <BreaksNote breaks={breaks} />
      <Grid gridDefinition={panels.map(() => EACH)}>{panels}</Grid>
    </SpaceBetween>
  );
}
