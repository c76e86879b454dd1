// From rows of the API to series of a chart or table. Null is not zero: an unknown number stays a gap.
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
  /** Some row is about it; without a row it is a gap. */
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

/** One metric over time where rows must not be added, e.g. a median: unknown where several rows state it. */
export function seriesOfOne<Metric extends string, R extends Row<Metric>>(line: Timeline<R>, title: string, metric: Metric): Series {
  const stated = (rows: R[]) => rows.flatMap(({ metrics }) => metrics[metric] ?? []);
  return { title, values: line.rows.map((rows) => (stated(rows).length === 1 ? (stated(rows)[0] ?? null) : null)) };
}

/** The rows that may be compared: a part says nothing about the whole of another row. */
function withBoth<Metric extends string>(rows: readonly Pick<Row<Metric>, 'metrics'>[], part: Metric, whole: Metric) {
  return rows.flatMap(({ metrics }) => {
    const [inside, all] = [metrics[part] ?? null, metrics[whole] ?? null];
    return inside === null || all === null ? [] : [{ inside, all }];
  });
}

/** A part over its whole, from the rows that state both; null where there is none, or nothing to divide by. */
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
 * A whole in parts, row by row: the part, the rest of the whole, and the whole of rows that do not state the part.
 * The rest of a whole whose part is unknown is unknown too: it is neither all of it nor none.
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
    color: REST,
    values: line.rows.map((rows) => sum(withBoth<Metric>(rows, part, whole).map((row) => Math.max(0, row.all - row.inside)))),
  };
  const unsplit = { title: titles.unsplit, values: line.rows.map((rows) => total(rows.filter((row) => !states(row)), whole)) };
  const known = isEmpty([inside]) ? [] : [inside, rest];
  return isEmpty([unsplit]) ? known : [...known, unsplit];
}

/** One timeline for each name, e.g. for each assistant. */
export function apart<R>(line: Timeline<R>, nameOf: (row: R) => string): [name: string, line: Timeline<R>][] {
  const names = [...new Set(line.rows.flat().map(nameOf))];
  return names.map((name) => [name, { ...line, rows: line.rows.map((rows) => rows.filter((row) => nameOf(row) === name)) }]);
}

export const isEmpty = (all: readonly Series[]): boolean => all.every(({ values }) => values.every((value) => value === null));
