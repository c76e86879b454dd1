// From rows of the API to lines of a chart or table. Null is not zero: what nobody measured stays a gap.
import { type Day, type Interval, periods } from '../../days';
import { REST } from './colors';

export interface Row<Metric extends string> {
  day: Day | null;
  metrics: Partial<Record<Metric, number | null>>;
  provisional: boolean;
  partial: boolean;
}

/** One place on the time axis. */
export interface Period {
  start: Day;
  /** Some row is about it; without one it is a gap. */
  isKnown: boolean;
  isProvisional: boolean;
  isPartial: boolean;
}

export interface Series {
  title: string;
  /** One for each period. */
  values: (number | null)[];
  color?: string;
}

export interface Timeline<R> {
  periods: Period[];
  /** The rows of each period. */
  rows: R[][];
}

/** The rows laid on the time axis; every period of the range is there, with rows or without. */
export function timeline<Metric extends string, R extends Row<Metric>>(
  rows: readonly R[],
  range: { from: Day; to: Day; interval: Interval },
): Timeline<R> {
  const starts = periods(range.from, range.to, range.interval);
  const places = new Map(starts.map((start, index) => [start, index]));
  const found: R[][] = starts.map(() => []);
  for (const row of rows) {
    const place = row.day === null ? undefined : places.get(row.day);
    if (place !== undefined) found[place]?.push(row);
  }
  return {
    rows: found,
    periods: starts.map((start, index) => ({
      start,
      isKnown: (found[index] ?? []).length > 0,
      isProvisional: (found[index] ?? []).some((row) => row.provisional),
      isPartial: (found[index] ?? []).some((row) => row.partial),
    })),
  };
}

/** The sum of what is known; null when nothing is. */
export function sum(values: Iterable<number | null | undefined>): number | null {
  let total: number | null = null;
  for (const value of values) if (value !== null && value !== undefined) total = (total ?? 0) + value;
  return total;
}

/** One metric over time, added over the rows of each period. */
export function series<Metric extends string, R extends Row<Metric>>(line: Timeline<R>, title: string, metric: Metric): Series {
  return { title, values: line.rows.map((rows) => sum(rows.map((row) => row.metrics[metric]))) };
}

/** What is left of the second when the first is part of it; unknown where either is. */
export function rest(title: string, part: Series, whole: Series): Series {
  return { title, color: REST, values: whole.values.map((value, index) => minus(value, part.values[index] ?? null)) };
}

/** A whole in parts, row by row: the part, what is left of it, and the whole of rows that do not tell the part. */
export function parts<Metric extends string, R extends Row<Metric>>(
  line: Timeline<R>,
  [part, whole]: readonly [Metric, Metric],
  titles: { part: string; rest: string; untold: string },
): Series[] {
  const told = ({ metrics }: R) => (metrics[part] ?? null) !== null;
  const total = (rows: R[], metric: Metric) => sum(rows.map(({ metrics }) => metrics[metric]));
  const inside = { title: titles.part, values: line.rows.map((rows) => total(rows, part)) };
  const left = { title: titles.rest, color: REST, values: line.rows.map((rows) => minus(total(rows.filter(told), whole), total(rows, part))) };
  const untold = { title: titles.untold, values: line.rows.map((rows) => total(rows.filter((row) => !told(row)), whole)) };
  const known = isEmpty([inside]) ? [] : [inside, left];
  return isEmpty([untold]) ? known : [...known, untold];
}

function minus(whole: number | null, part: number | null): number | null {
  return whole === null || part === null ? whole : Math.max(0, whole - part);
}

/** One over the other; a gap where either is unknown, or nothing was there to divide by. */
export function ratio(title: string, part: Series, whole: Series): Series {
  return {
    title,
    values: whole.values.map((value, index) => {
      const share = part.values[index];
      return value === null || value === 0 || share === null || share === undefined ? null : share / value;
    }),
  };
}

export const isEmpty = (all: readonly Series[]): boolean => all.every(({ values }) => values.every((value) => value === null));
