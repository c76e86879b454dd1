// A breakdown's rows as a ranking, and over time with the small ones put together.
import type { BreakdownMetric, BreakdownRow } from '../../api/words';
import { text } from '../../strings';
import type { Rank } from '../chart/ranking-panel';
import { isEmpty, type Period, type Series, sum, timeline } from '../chart/series';
import type { Filters } from '../filters/filters';

/** In the order of the table. People come last: they are counted, not added. */
export const COLUMNS = [
  'generations',
  'acceptances',
  'interactions',
  'completions_suggested',
  'completions_accepted',
  'lines_suggested',
  'lines_added',
  'lines_deleted',
  'requests',
  'sessions',
] as const satisfies BreakdownMetric[];

/** Colours that can be told apart. */
const MOST_SERIES = 7;

/** The metrics that anybody measured. */
export function known(rows: readonly BreakdownRow[]): BreakdownMetric[] {
  return COLUMNS.filter((metric) => rows.some(({ metrics }) => typeof metrics[metric] === 'number'));
}

/** The values of the dimension over all connectors, most first. */
export function ranking(rows: readonly BreakdownRow[], metric: BreakdownMetric): Rank[] {
  const byName = new Map<string, BreakdownRow[]>();
  for (const row of rows) byName.set(row.value, [...(byName.get(row.value) ?? []), row]);
  const ranks = [...byName].map(([name, its]) => ({
    name,
    values: COLUMNS.map((column) => sum(its.map(({ metrics }) => metrics[column]))),
  }));
  const place = COLUMNS.findIndex((column) => column === metric);
  return ranks.sort((a, b) => (b.values[place] ?? -1) - (a.values[place] ?? -1) || a.name.localeCompare(b.name));
}

/** One series for each of the first in the ranking, and one for all others. */
export function overTime(
  rows: readonly BreakdownRow[],
  filters: Pick<Filters, 'from' | 'to' | 'interval'>,
  metric: BreakdownMetric,
  ranks: readonly Rank[],
): { periods: Period[]; series: Series[] } {
  const line = timeline<BreakdownMetric, BreakdownRow>(rows, filters);
  const named = ranks.slice(0, MOST_SERIES).map(({ name }) => name);
  const of = (title: string, isMeant: (row: BreakdownRow) => boolean): Series => ({
    title,
    values: line.rows.map((its) => sum(its.filter(isMeant).map(({ metrics }) => metrics[metric]))),
  });
  const series = named.map((name) => of(name, ({ value }) => value === name));
  const others = of(text.breakdowns.others, ({ value }) => !named.includes(value));
  // What was not measured so would be a name without a bar.
  return { periods: line.periods, series: [...series, others].filter((one) => !isEmpty([one])) };
}
