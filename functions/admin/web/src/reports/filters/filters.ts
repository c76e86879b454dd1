// The filters of a report. They live in the address, so that a link reproduces the report.
import { addDays, type Day, daysBetween, type Interval, isDay, today } from '../../days';

export interface Filters {
  from: Day;
  to: Day;
  /** The number of days before today, relative to when the link is opened; null for an absolute range. */
  last: number | null;
  interval: Interval;
  provider: string | null;
  connector: string | null;
}

export const RANGES = [7, 28, 90, 365] as const;
const DEFAULT_RANGE = 28;
/** The limit of the API. */
const MAX_DAYS = 1100;
/** Longer ranges are shown by week. */
const DAYS_BY_DEFAULT = 92;

const INTERVALS: readonly string[] = ['day', 'week', 'month'] satisfies Interval[];

export function readFilters(search: URLSearchParams, now = today()): Filters {
  const yesterday = addDays(now, -1);
  const [from, to] = [search.get('from'), search.get('to')];
  const isFixed = isDay(from) && isDay(to) && from <= to && daysBetween(from, to) < MAX_DAYS;
  const asked = Number(search.get('last'));
  const last = Number.isInteger(asked) && asked > 0 && asked <= MAX_DAYS ? asked : DEFAULT_RANGE;
  const range = isFixed ? { from, to, last: null } : { from: addDays(yesterday, 1 - last), to: yesterday, last };
  const interval = search.get('interval');
  return {
    ...range,
    interval: isInterval(interval) ? interval : defaultInterval(range.from, range.to),
    provider: search.get('provider'),
    connector: search.get('connector'),
  };
}

function isInterval(value: string | null): value is Interval {
  return value !== null && INTERVALS.includes(value);
}

function defaultInterval(from: Day, to: Day): Interval {
  return daysBetween(from, to) < DAYS_BY_DEFAULT ? 'day' : 'week';
}

/** The address after a change. Missing filters stay; null removes a filter. */
export function writeFilters(
  search: URLSearchParams,
  change: Partial<Record<'from' | 'to' | 'last' | 'interval' | 'provider' | 'connector', string | null>>,
): URLSearchParams {
  const next = new URLSearchParams(search);
  for (const [name, value] of Object.entries(change)) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  return next;
}

/** Filters that a link to another page keeps. */
const KEPT_FILTERS = ['from', 'to', 'last', 'interval', 'provider', 'connector'] as const;

/** A link to another page that keeps the filters of this page. `more` is added for that page. */
export function hrefWithFilters(path: string, search: URLSearchParams, more: Readonly<Record<string, string>> = {}): string {
  const next = new URLSearchParams();
  for (const name of KEPT_FILTERS) {
    const value = search.get(name);
    if (value !== null) next.set(name, value);
  }
  for (const [name, value] of Object.entries(more)) next.set(name, value);
  const written = next.toString();
  return written === '' ? path : `${path}?${written}`;
}

/** Query parameters of reports without a date range. */
export function scopeOf({ provider, connector }: Filters) {
  return { ...(provider !== null && { provider }), ...(connector !== null && { connector }) };
}

/** Query parameters of reports with a date range. */
export function queryOf(filters: Filters) {
  return { from: filters.from, to: filters.to, ...scopeOf(filters) };
}

/** The connectors that the filters select. */
export function inScope<C extends { id: string; provider: string }>(all: readonly C[], { connector, provider }: Pick<Filters, 'connector' | 'provider'>): C[] {
  return all.filter((one) => (connector === null || one.id === connector) && (provider === null || one.provider === provider));
}
