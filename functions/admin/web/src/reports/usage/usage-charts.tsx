import Grid from '@cloudscape-design/components/grid';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';

import { useApi } from '../../api/client';
import { usage, type UsageQuestion } from '../../api/queries';
import { detailOf } from '../../api/refusal';
import type { ActivityMetric, UsageRow } from '../../api/words';
import { decimal, percent } from '../../format';
import { text } from '../../strings';
import { BreaksNote } from '../breaks-note';
import { isEmpty, parts, ratio, rest, series, timeline } from '../chart/series';
import { TimePanel } from '../chart/time-panel';
import { EmptyState } from '../empty-state';
import { asked, type Filters } from '../filters/filters';
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

const EACH = { colspan: { default: 12, m: 6 } };

/** The usage of the accounts, or of one person. */
export function UsageCharts({ filters, subject }: { filters: Filters; subject?: string }) {
  const question: UsageQuestion = {
    ...asked(filters),
    interval: filters.interval,
    metrics: METRICS.join(','),
    ...(subject !== undefined && { subject, level: 'user' as const }),
  };
  const { data, isPending, error } = useQuery(usage(useApi(), question));
  const breaks = useBreaks(filters);
  const { from, to, interval } = filters;
  const line = useMemo(() => timeline<ActivityMetric, UsageRow>(data?.rows ?? [], { from, to, interval }), [data, from, to, interval]);
  const of = (title: string, metric: ActivityMetric) => series<ActivityMetric, UsageRow>(line, title, metric);

  const active = of(text.metrics.active, 'active');
  const engaged = of(text.metrics.engaged, 'engaged');
  const suggested = of(text.metrics.completions_suggested, 'completions_suggested');
  const accepted = of(text.metrics.completions_accepted, 'completions_accepted');
  const shared = {
    periods: line.periods,
    interval,
    isLoading: isPending,
    failure: error === null ? null : detailOf(error),
    empty: <EmptyState filters={filters} />,
    breaks,
  };
  const isOne = subject !== undefined;
  // What this provider never counts needs no empty chart; while something is there at all.
  const optional = (one: React.ReactNode, ...all: Parameters<typeof isEmpty>[0]) => (isEmpty(all) && !isEmpty([active]) ? null : one);

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
    !isOne && (
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
          untold: text.metrics.activeUntold,
        })}
        wholes={[engaged, active]}
        shape="stacked"
      />
    ),
    <TimePanel
      key="completions"
      {...shared}
      title={text.usage.completions}
      description={text.usage.completionsDescription}
      file="completions"
      unit={text.units.completions}
      series={[accepted, rest(text.metrics.notAccepted, accepted, suggested)]}
      wholes={[accepted, suggested]}
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
        series={[ratio(text.usage.acceptance, accepted, suggested)]}
        format={percent}
        axisFormat={percent}
      />,
      accepted,
    ),
    counts('chat', text.units.requests, ['chat_turns', 'agent_requests']),
    optional(counts('lines', text.units.lines, ['lines_suggested', 'lines_accepted']), of('', 'lines_suggested')),
    optional(
      <TimePanel
        key="credits"
        {...shared}
        title={text.usage.credits}
        description={text.usage.creditsDescription}
        file="credits"
        unit={text.metrics.credits}
        shape="bars"
        series={[of(text.metrics.credits, 'credits')]}
        format={decimal}
      />,
      of('', 'credits'),
    ),
  ].filter(Boolean);

  return (
    <SpaceBetween size="l">
      <BreaksNote breaks={breaks} />
      <Grid gridDefinition={panels.map(() => EACH)}>{panels}</Grid>
    </SpaceBetween>
  );
}
