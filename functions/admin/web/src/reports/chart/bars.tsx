import MixedLineBarChart from '@cloudscape-design/components/mixed-line-bar-chart';
import { useMemo } from 'react';

import { bars, marks } from './draw';
import { type DrawnProps, settings } from './drawn';
import { shortPeriodName } from './period-name';
import { PeriodNote } from './period-note';

/** One bar per period. */
export function Bars(props: DrawnProps & { isStacked: boolean }) {
  const { periods, series, breaks, interval, format, isStacked } = props;
  const drawn = useMemo(() => {
    if (series.length === 0) return [];
    const steps = marks(periods, breaks).map(({ title, place }) => ({ title, x: periods[place]?.start ?? '', type: 'threshold' as const }));
    return [...bars(periods, series, format), ...steps];
  }, [periods, series, breaks, format]);
  return (
    <MixedLineBarChart<string>
      {...settings(props)}
      series={drawn}
      xDomain={periods.map(({ start }) => start)}
      xScaleType="categorical"
      stackedBars={isStacked}
      xTickFormatter={shortPeriodName(interval)}
      detailPopoverFooter={(start) => <PeriodNote period={periods.find((period) => period.start === start)} />}
    />
  );
}
