// Turns rows of the API into series of a chart or table. Null is not zero: an unknown number stays a gap.
import { type Day, type Interval, periods } from '../../days';
import { REST_COLOR } from './colors';

export interface Row<Metric extends string> {
  day: Day | null;
  metrics: Partial<Record<Metric, number | null>>;
  provisional: boolean;
  partial: boolean;
}

/** One period on the time axis. */
export interface Period {
  start: Day;
  /** Whether any row is about this period; without one it is a gap. */
  isKnown: boolean;
  isProvisional: boolean;
  isPartial: boolean;
}

export interface Series {
  title: string;
  /** One value per period. */
  values: (number | null)[];
  color?: string;
}

export interface Timeline<R> {
  periods: Period[];
  /** The rows of each period. */
  rows: R[][];
}

/** Assigns rows to periods. The result has every period of the range, with or without rows. */
export function timeline<Metric extends string, R extends Row<Metric>>(
  rows: readonly R[],
  range: { from: Day; to: Day; interval: Interval },
): Timeline<R> {
  const starts = periods(range.from, range.to, range.interval);
  const places = new Map(starts.map((start, index) => [start, index]));
  const byPeriod: R[][] = starts.map(() => []);
  for (const row of rows) {
    const place = row.day === null ? undefined : places.get(row.day);
    if (place !== undefined) byPeriod[place]?.push(row);
  }
  return {
    rows: byPeriod,
    periods: starts.map((start, index) => ({
      start,
      isKnown: (byPeriod[index] ?? []).length > 0,
      isProvisional: (byPeriod[index] ?? []).some((row) => row.provisional),
      isPartial: (byPeriod[index] ?? []).some((row) => row.partial),
    })),
  };
}

/** The sum of the known values; null if none is known. */
export function sum(values: Iterable<number | null | undefined>): number | null {
  let total: number | null = null;
  for (const value of values) if (value !== null && value !== undefined) total = (total ?? 0) + value;
  return total;
}

/** One metric over time, summed over the rows of each period. */
export function series<Metric extends string, R extends Row<Metric>>(line: Timeline<R>, title: string, metric: Metric): Series {
  return { title, values: line.rows.map((rows) => sum(rows.map((row) => row.metrics[metric]))) };
}

/** One metric over time that must not be added, e.g. a median: null if several rows have it. */
export function seriesOfOne<Metric extends string, R extends Row<Metric>>(line: Timeline<R>, title: string, metric: Metric): Series {
  const stated = (rows: R[]) => rows.flatMap(({ metrics }) => metrics[metric] ?? []);
  return { title, values: line.rows.map((rows) => (stated(rows).length === 1 ? (stated(rows)[0] ?? null) : null)) };
}

/** Rows that have both the part and the whole. A part cannot be compared with the whole of another row. */
function withBoth<Metric extends string>(rows: readonly Pick<Row<Metric>, 'metrics'>[], part: Metric, whole: Metric) {
  return rows.flatMap(({ metrics }) => {
    const [inside, all] = [metrics[part] ?? null, metrics[whole] ?? null];
    return inside === null || all === null ? [] : [{ inside, all }];
  });
}

/** The part divided by the whole, over rows that have both; null without such rows or if the whole is zero. */
export function share<Metric extends string>(rows: readonly Pick<Row<Metric>, 'metrics'>[], part: Metric, whole: Metric): number | null {
  const both = withBoth(rows, part, whole);
  const all = sum(both.map((row) => row.all));
  const inside = sum(both.map((row) => row.inside));
  return all === null || all === 0 || inside === null ? null : inside / all;
}

/** [`share`] over time. */
export function shares<Metric extends string, R extends Row<Metric>>(line: Timeline<R>, title: string, part: Metric, whole: Metric): Series {
  return { title, values: line.rows.map((rows) => share<Metric>(rows, part, whole)) };
}

/**
 * Splits a whole row by row: the part, the rest, and the whole of rows without the part.
 * If the part is unknown, the rest is unknown too.
 */
export function parts<Metric extends string, R extends Row<Metric>>(
  line: Timeline<R>,
  [part, whole]: readonly [Metric, Metric],
  titles: { part: string; rest: string; unsplit: string },
): Series[] {
  const states = ({ metrics }: R) => (metrics[part] ?? null) !== null;
  const total = (rows: R[], metric: Metric) => sum(rows.map(({ metrics }) => metrics[metric]));
  const inside = { title: titles.part, values: line.rows.map((rows) => total(rows, part)) };
  const rest = {
    title: titles.rest,
    color: REST_COLOR,
    values: line.rows.map((rows) => sum(withBoth<Metric>(rows, part, whole).map((row) => Math.max(0, row.all - row.inside)))),
  };
  const unsplit = { title: titles.unsplit, values: line.rows.map((rows) => total(rows.filter((row) => !states(row)), whole)) };
  const known = isEmpty([inside]) ? [] : [inside, rest];
  return isEmpty([unsplit]) ? known : [...known, unsplit];
}

/** One timeline per name, e.g. per assistant. */
export function apart<R>(line: Timeline<R>, nameOf: (row: R) => string): [name: string, line: Timeline<R>][] {
  const names = [...new Set(line.rows.flat().map(nameOf))];
  return names.map((name) => [name, { ...line, rows: line.rows.map((rows) => rows.filter((row) => nameOf(row) === name)) }]);
}

export const isEmpty = (all: readonly Series[]): boolean => all.every(({ values }) => values.every((value) => value === null));
