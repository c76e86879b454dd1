import type { ReactNode } from 'react';

import type { Break } from '../../api/words';
import type { Interval } from '../../days';
import { text } from '../../strings';
import type { Period, Series } from './series';

/** What bars and lines have in common. */
export interface DrawnProps {
  title: string;
  unit: string;
  periods: readonly Period[];
  series: readonly Series[];
  breaks: readonly Break[];
  interval: Interval;
  format: (value: number | null) => string;
  axisFormat: (value: number) => string;
  status: 'loading' | 'finished' | 'error';
  failure: string | null;
  empty: ReactNode;
}

export const HEIGHT = 220;

/** The same for every chart over time. */
export function settings({ title, unit, series, axisFormat, status, failure, empty }: DrawnProps) {
  // Where everything is zero there is no scale: one from nothing to one stands in its place.
  const isFlat = series.length > 0 && series.every(({ values }) => values.every((value) => (value ?? 0) === 0));
  return {
    ...(isFlat && { yDomain: [0, 1] as const }),
    height: HEIGHT,
    hideFilter: true,
    ariaLabel: title,
    yTitle: unit,
    yTickFormatter: isFlat ? (value: number) => (Number.isInteger(value) ? axisFormat(value) : '') : axisFormat,
    statusType: status,
    errorText: failure ?? undefined,
    empty,
    i18nStrings: { detailPopoverDismissAriaLabel: text.chart.close },
  };
}
