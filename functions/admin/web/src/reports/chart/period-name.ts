import type { Interval } from '../../days';
import { day, dayOfWeek, dayOfYear, monthOf } from '../../format';
import { text } from '../../strings';
import type { Period } from './series';

/** The name of a period in a table, from its first day. */
export function periodName(interval: Interval): (start: string) => string {
  if (interval === 'day') return dayOfWeek;
  return interval === 'week' ? (start) => text.chart.weekOf(day(start)) : monthOf;
}

/** The name of a period on an axis. */
export function shortPeriodName(interval: Interval): (start: string) => string {
  return interval === 'month' ? monthOf : dayOfYear;
}

/** The note of a period: gap, provisional or incomplete. */
export function stateOf(period: Period, provisional: string = text.chart.provisional): string {
  if (!period.isKnown) return text.chart.gap;
  const notes = [period.isProvisional && provisional, period.isPartial && text.chart.partial];
  return notes.filter(Boolean).join(', ');
}
