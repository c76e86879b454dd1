// What a chart over time is drawn of: bars or lines, gaps, and marks.
import type { MixedLineBarChartProps } from '@cloudscape-design/components/mixed-line-bar-chart';

import type { Break } from '../../api/words';
import { text } from '../../strings';
import type { Period, Series } from './series';

type Drawn = MixedLineBarChartProps.ChartSeries<string>;
type Format = (value: number | null) => string;

/** More bars than this cannot be told apart, and become too many to draw. */
export const MOST_BARS = 100;
/** A legend with more entries of one name than this explains nothing. */
const MOST_RUNS = 3;

interface Point {
  x: string;
  y: number;
}

/** Stretches without a gap: a line must not lead across days of which nobody knows anything. */
export function runs(periods: readonly Period[], values: Series['values']): Point[][] {
  const found: Point[][] = [];
  let isOpen = false;
  periods.forEach(({ start }, index) => {
    const y = values[index];
    if (y === null || y === undefined) {
      isOpen = false;
      return;
    }
    if (!isOpen) found.push([]);
    found.at(-1)?.push({ x: start, y });
    isOpen = true;
  });
  return found;
}

export function bars(periods: readonly Period[], series: readonly Series[], format: Format): Drawn[] {
  return series.map(({ title, values, color }) => ({
    title,
    type: 'bar',
    ...(color !== undefined && { color }),
    valueFormatter: (value: number) => format(value),
    data: runs(periods, values).flat(),
  }));
}

/** One line for each stretch, all in the colour of their series. */
export function lines(
  periods: readonly Period[],
  series: readonly Series[],
  format: Format,
  colors: readonly string[],
): { drawn: Drawn[]; hasLegend: boolean } {
  const all = series.map((one, index) => ({ ...one, color: one.color ?? colors[index % colors.length] ?? '', runs: runs(periods, one.values) }));
  const drawn = all.flatMap(({ title, color, runs: stretches }) =>
    stretches.map(
      (data, index): Drawn => ({
        title: index === 0 ? title : text.chart.afterGap(title),
        type: 'line',
        color,
        valueFormatter: (value: number) => format(value),
        data,
      }),
    ),
  );
  return { drawn, hasLegend: all.every(({ runs: stretches }) => stretches.length <= MOST_RUNS) };
}

/** Where a provider began to count otherwise, and from where values may still change. */
export function marks(periods: readonly Period[], breaks: readonly Break[]): Drawn[] {
  const first = periods.find(({ isKnown }) => isKnown)?.start;
  const steps = breaks.flatMap(({ day }) => {
    const period = periods.findLast(({ start }) => start <= day);
    // Where nothing is stored before it, there is no step to explain.
    return period === undefined || first === undefined || day <= first ? [] : [{ title: text.chart.changed(day), x: period.start }];
  });
  const provisional = periods.find(({ isProvisional }) => isProvisional);
  if (provisional !== undefined) steps.push({ title: text.chart.provisionalFrom(provisional.start), x: provisional.start });
  return steps.map((step) => ({ ...step, type: 'threshold' }));
}
