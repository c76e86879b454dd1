// The series of a chart over time: bars or lines, gaps, and marks. Periods are given by index.
import type { MixedLineBarChartProps } from '@cloudscape-design/components/mixed-line-bar-chart';

import type { Break } from '../../api/types';
import { text } from '../../strings';
import { COLORS } from './colors';
import type { Period, Series } from './series';

type Drawn<X extends string | number> = MixedLineBarChartProps.ChartSeries<X>;
type Format = (value: number | null) => string;

/** More bars than this are illegible and slow to render. */
export const MOST_BARS = 100;
/** A legend with more entries per series than this is not useful. */
const MOST_RUNS = 3;

interface Point {
  x: number;
  y: number;
}

/** Runs of values without a gap. A line must not cross days without data. */
export function runs(values: Series['values']): Point[][] {
  const result: Point[][] = [];
  let isOpen = false;
  values.forEach((y, x) => {
    if (y !== null && !isOpen) result.push([]);
    if (y !== null) result.at(-1)?.push({ x, y });
    isOpen = y !== null;
  });
  return result;
}

/** Bars keyed by period, so that each has its own label if there is room. */
export function bars(periods: readonly Period[], series: readonly Series[], format: Format): Drawn<string>[] {
  return series.map(({ title, values, color }) => ({
    title,
    type: 'bar',
    ...(color !== undefined && { color }),
    valueFormatter: (value: number) => format(value),
    data: runs(values).flat().map(({ x, y }) => ({ x: periods[x]?.start ?? '', y })),
  }));
}

/** One line per run, all in the color of their series. */
export function lines(series: readonly Series[], format: Format): { drawn: Drawn<number>[]; hasLegend: boolean } {
  const all = series.map(({ title, values, color }, index) => ({ title, color, chosen: color ?? colorOf(index), stretches: runs(values) }));
  const isTorn = all.some(({ stretches, color }) => stretches.length > 1 || color !== undefined);
  const drawn = all.flatMap(({ title, chosen, stretches }) =>
    stretches.map(
      (data, index): Drawn<number> => ({
        title: index === 0 ? title : text.chart.afterGap(title),
        type: 'line',
        // Without gaps Cloudscape chooses the color, as for bars.
        ...(isTorn && { color: chosen }),
        valueFormatter: (value: number) => format(value),
        data,
      }),
    ),
  );
  return { drawn, hasLegend: all.every(({ stretches }) => stretches.length <= MOST_RUNS) };
}

function colorOf(index: number): string {
  return COLORS[index % COLORS.length] ?? '';
}

export interface Mark {
  title: string;
  /** Index among the periods. */
  place: number;
}

/** Whether all drawn periods are provisional. Then a mark for the first one is not needed. */
export const isAllProvisional = (periods: readonly Period[]): boolean => periods.find(({ isKnown }) => isKnown)?.isProvisional === true;

/** Marks for changed definitions and for the first provisional period. */
export function marks(periods: readonly Period[], breaks: readonly Break[]): Mark[] {
  const first = periods.find(({ isKnown }) => isKnown)?.start;
  const result = breaks.flatMap(({ day }): Mark[] => {
    const place = periods.findLastIndex(({ start }) => start <= day);
    // Without earlier data there is no step to explain.
    return place === -1 || first === undefined || day <= first ? [] : [{ title: text.chart.changed(day), place }];
  });
  const provisional = periods.findIndex(({ isProvisional }) => isProvisional);
  const from = periods[provisional]?.start;
  return from === undefined || from === first ? result : [...result, { title: text.chart.provisionalFrom(from), place: provisional }];
}
