// Arithmetic on ISO days, all UTC.

const DAY_MS = 86_400_000;

/** `2026-11-20` */
export type Day = string;

const millis = (day: Day) => Date.parse(`${day}T00:00:00Z`);
const dayAt = (at: number): Day => new Date(at).toISOString().slice(0, 10);

export const today = (now = new Date()): Day => now.toISOString().slice(0, 10);
export const addDays = (day: Day, days: number): Day => dayAt(millis(day) + days * DAY_MS);
export const daysBetween = (from: Day, to: Day): number => Math.round((millis(to) - millis(from)) / DAY_MS);
export const isDay = (value: string | null): value is Day =>
  value !== null && /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(millis(value)) && dayAt(millis(value)) === value;

/** Monday is 0. */
export const weekdayOf = (day: Day): number => (new Date(millis(day)).getUTCDay() + 6) % 7;

export type Interval = 'day' | 'week' | 'month';

/** The first day of the period that contains a day. Weeks are ISO weeks. */
export function periodOf(day: Day, interval: Interval): Day {
  if (interval === 'day') return day;
  return interval === 'week' ? addDays(day, -weekdayOf(day)) : `${day.slice(0, 7)}-01`;
}

/** The first days of all periods that overlap a range. */
export function periods(from: Day, to: Day, interval: Interval): Day[] {
  const starts: Day[] = [];
  for (let day = periodOf(from, interval); day <= to; ) {
    starts.push(day);
    day = periodOf(addDays(day, interval === 'day' ? 1 : interval === 'week' ? 7 : 32), interval);
  }
  return starts;
}
