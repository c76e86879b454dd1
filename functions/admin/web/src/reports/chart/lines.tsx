import MixedLineBarChart from '@cloudscape-design/components/mixed-line-bar-chart';
import { useMemo } from 'react';

import { lines, marks } from './draw';
import { type DrawnProps, settings } from './drawn';
import { shortPeriodName } from './period-name';
import { PeriodNote } from './period-note';

/** Lines over the indexes of the periods. A time scale would put labels at local midnight, not at midnight UTC. */
export function Lines(props: DrawnProps) {
  const { periods, series, breaks, interval, format } = props;
  const { drawn, hasLegend } = useMemo(() => {
    if (series.length === 0) return { drawn: [], hasLegend: true };
    const result = lines(series, format);
    const steps = marks(periods, breaks).map(({ title, place }) => ({ title, x: place, type: 'threshold' as const }));
    return { ...result, drawn: [...result.drawn, ...steps] };
  }, [periods, series, breaks, format]);
  const name = shortPeriodName(interval);
  // Ticks between two periods have no label.
  const nameAt = (place: number) => {
    const start = periods[place]?.start;
    return start === undefined ? '' : name(start);
  };
  return (
    <MixedLineBarChart<number>
      {...settings(props)}
      series={drawn}
      xDomain={[0, Math.max(1, periods.length - 1)]}
      xScaleType="linear"
      hideLegend={!hasLegend}
      xTickFormatter={nameAt}
      detailPopoverFooter={(place) => <PeriodNote period={periods[place]} />}
    />
  );
}
