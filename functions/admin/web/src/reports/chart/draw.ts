// What a chart over time is drawn of: bars or lines, gaps, and marks. Periods are told by their place on the axis.
import type { MixedLineBarChartProps } from '@cloudscape-design/components/mixed-line-bar-chart';

import type { Break } from '../../api/words';
import { text } from '../../strings';
import { COLORS } from './colors';
import type { Period, Series } from './series';

type Drawn<X extends string | number> = MixedLineBarChartProps.ChartSeries<X>;
type Format = (value: number | null) => string;

/** More bars than this cannot be told apart, and become too many to draw. */
export const MOST_BARS = 100;
/** A legend with more entries of one name than this explains nothing. */
const MOST_RUNS = 3;

interface Point {
  x: number;
  y: number;
}

/** Stretches without a gap: a line must not lead across days of which nobody knows anything. */
export function runs(values: Series['values']): Point[][] {
  const found: Point[][] = [];
  let isOpen = false;
  values.forEach((y, x) => {
    if (y !== null && !isOpen) found.push([]);
    if (y !== null) found.at(-1)?.push({ x, y });
    isOpen = y !== null;
  });
  return found;
}

/** Bars by name of their period: every one has a label of its own, if there is room. */
export function bars(periods: readonly Period[], series: readonly Series[], format: Format): Drawn<string>[] {
  return series.map(({ title, values, color }) => ({
    title,
    type: 'bar',
    ...(color !== undefined && { color }),
    valueFormatter: (value: number) => format(value),
    data: runs(values).flat().map(({ x, y }) => ({ x: periods[x]?.start ?? '', y })),
  }));
}

/** One line for each stretch, all in the colour of their series. */
export function lines(series: readonly Series[], format: Format): { drawn: Drawn<number>[]; hasLegend: boolean } {
  const all = series.map(({ title, values, color }, index) => ({ title, color, chosen: color ?? colorOf(index), stretches: runs(values) }));
  const isTorn = all.some(({ stretches, color }) => stretches.length > 1 || color !== undefined);
  const drawn = all.flatMap(({ title, chosen, stretches }) =>
    stretches.map(
      (data, index): Drawn<number> => ({
        title: index === 0 ? title : text.chart.afterGap(title),
        type: 'line',
        // Where nothing is torn Cloudscape chooses, as for bars.
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
  /** Place among the periods. */
  place: number;
}

/** Does everything that is drawn still change? Then there is no place from where on. */
export const isAllProvisional = (periods: readonly Period[]): boolean => periods.find(({ isKnown }) => isKnown)?.isProvisional === true;

/** Where a provider began to count otherwise, and from where values may still change. */
export function marks(periods: readonly Period[], breaks: readonly Break[]): Mark[] {
  const first = periods.find(({ isKnown }) => isKnown)?.start;
  const found = breaks.flatMap(({ day }): Mark[] => {
    const place = periods.findLastIndex(({ start }) => start <= day);
    // Where nothing is stored before it, there is no step to explain.
    return place === -1 || first === undefined || day <= first ? [] : [{ title: text.chart.changed(day), place }];
  });
  const provisional = periods.findIndex(({ isProvisional }) => isProvisional);
  const from = periods[provisional]?.start;
  return from === undefined || from === first ? found : [...found, { title: text.chart.provisionalFrom(from), place: provisional }];
}
