import type { Interval } from '../../days';
import { day, dayOfWeek, dayOfYear, monthOf } from '../../format';
import { text } from '../../strings';
import type { Period } from './series';

/** A period in a table: its first day tells which one it is. */
export function periodName(interval: Interval): (start: string) => string {
  if (interval === 'day') return dayOfWeek;
  return interval === 'week' ? (start) => text.chart.weekOf(day(start)) : monthOf;
}

/** A period below an axis. */
export function shortPeriodName(interval: Interval): (start: string) => string {
  return interval === 'month' ? monthOf : dayOfYear;
}

/** What the reader must know about a period. */
export function stateOf(period: Period, provisional: string = text.chart.provisional): string {
  if (!period.isKnown) return text.chart.gap;
  const said = [period.isProvisional && provisional, period.isPartial && text.chart.partial];
  return said.filter(Boolean).join(', ');
}
