// What a report is about, as it stands in the address: a link to a report is the report.
import { addDays, type Day, daysBetween, type Interval, isDay, today } from '../../days';

export interface Filters {
  from: Day;
  to: Day;
  /** The range is the last so many days, whenever the link is opened; null for fixed days. */
  last: number | null;
  interval: Interval;
  provider: string | null;
  connector: string | null;
}

export const RANGES = [7, 28, 90, 365] as const;
const DEFAULT_RANGE = 28;
/** The API answers no more. */
const MAX_DAYS = 1100;
/** A bar for each day can be told apart up to here. */
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

/** The address after a change; what is left out stays, and what is null goes. */
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

/** What another page keeps: which days and which connectors it is about. */
const CARRIED = ['from', 'to', 'last', 'interval', 'provider', 'connector'] as const;

/** Another page with the filters of this one; `more` is about that page alone. */
export function carried(path: string, search: URLSearchParams, more: Readonly<Record<string, string>> = {}): string {
  const next = new URLSearchParams();
  for (const name of CARRIED) {
    const value = search.get(name);
    if (value !== null) next.set(name, value);
  }
  for (const [name, value] of Object.entries(more)) next.set(name, value);
  const written = next.toString();
  return written === '' ? path : `${path}?${written}`;
}

/** The part of the filters that reports without a range take. */
export function askedOfNow({ provider, connector }: Filters) {
  return { ...(provider !== null && { provider }), ...(connector !== null && { connector }) };
}

/** The part of the filters that every other report of the API takes. */
export function asked(filters: Filters) {
  return { from: filters.from, to: filters.to, ...askedOfNow(filters) };
}

/** The connectors that are looked at. */
export function meant<C extends { id: string; provider: string }>(all: readonly C[], { connector, provider }: Pick<Filters, 'connector' | 'provider'>): C[] {
  return all.filter((one) => (connector === null || one.id === connector) && (provider === null || one.provider === provider));
}
