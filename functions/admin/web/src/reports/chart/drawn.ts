import type { ReactNode } from 'react';

import type { Break } from '../../api/types';
import type { Interval } from '../../days';
import { text } from '../../strings';
import type { Period, Series } from './series';

/** Properties shared by bars and lines. */
export interface DrawnProps {
  title: string;
  unit: string;
  periods: readonly Period[];
  series: readonly Series[];
  breaks: readonly Break[];
  interval: Interval;
  format: (value: number | null) => string;
  axisFormat: (value: number) => string;
  empty: ReactNode;
}

export const HEIGHT = 220;

/** Settings shared by all charts over time. */
export function settings({ title, unit, series, axisFormat, empty }: DrawnProps) {
  // Zeros alone give no scale, so the axis goes from 0 to 1.
  const isFlat = series.length > 0 && series.every(({ values }) => values.every((value) => (value ?? 0) === 0));
  return {
    ...(isFlat && { yDomain: [0, 1] as const }),
    height: HEIGHT,
    hideFilter: true,
    ariaLabel: title,
    yTitle: unit,
    yTickFormatter: isFlat ? (value: number) => (Number.isInteger(value) ? axisFormat(value) : '') : axisFormat,
    empty,
    i18nStrings: { detailPopoverDismissAriaLabel: text.chart.close },
  };
}
