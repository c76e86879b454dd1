// Rows of a breakdown as a ranking, and over time with small values combined.
import type { BreakdownMetric, BreakdownRow, TeamRef } from '../../api/types';
import { text } from '../../strings';
import { addressOfTeam, isNoTeam, teamName } from '../addresses';
import type { Rank } from '../chart/ranking-panel';
import { isEmpty, type Period, type Series, sum, timeline } from '../chart/series';
import type { Filters } from '../filters/filters';

/** In the order of the table. */
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

/** The number of distinguishable colors. */
const MOST_SERIES = 7;

/** The metrics that any row has. */
export function reportedMetrics(rows: readonly BreakdownRow[]): BreakdownMetric[] {
  return COLUMNS.filter((metric) => rows.some(({ metrics }) => typeof metrics[metric] === 'number'));
}

/** The values of a dimension over all connectors, the largest first. */
export function ranking(rows: readonly BreakdownRow[], metric: BreakdownMetric): Rank[] {
  const byName = new Map<string, BreakdownRow[]>();
  for (const row of rows) byName.set(row.value, [...(byName.get(row.value) ?? []), row]);
  const ranks = [...byName].map(([name, own]) => ({
    name,
    values: COLUMNS.map((column) => sum(own.map(({ metrics }) => metrics[column]))),
  }));
  const place = COLUMNS.findIndex((column) => column === metric);
  return ranks.sort((a, b) => (b.values[place] ?? -1) - (a.values[place] ?? -1) || a.name.localeCompare(b.name));
}

/** One series for each of the first values in the ranking, and one for all others. */
export function overTime(
  rows: readonly BreakdownRow[],
  filters: Pick<Filters, 'from' | 'to' | 'interval'>,
  metric: BreakdownMetric,
  ranks: readonly Rank[],
): { periods: Period[]; series: Series[] } {
  const line = timeline<BreakdownMetric, BreakdownRow>(rows, filters);
  const named = ranks.slice(0, MOST_SERIES).map(({ name }) => name);
  const seriesOf = (title: string, isIncluded: (row: BreakdownRow) => boolean): Series => ({
    title,
    values: line.rows.map((periodRows) => sum(periodRows.filter(isIncluded).map(({ metrics }) => metrics[metric]))),
  });
  const series = named.map((name) => seriesOf(name, ({ value }) => value === name));
  const others = seriesOf(text.breakdowns.others, ({ value }) => !named.includes(value));
  // A series without numbers would be a name without a bar.
  return { periods: line.periods, series: [...series, others].filter((one) => !isEmpty([one])) };
}

/** A row for each team, with a column for each of the first values in the ranking and one for all others. */
export function teamRanks(
  rows: readonly BreakdownRow[],
  metric: BreakdownMetric,
  ranks: readonly Rank[],
  { whereOf, hrefOf }: { whereOf: (team: TeamRef) => string; hrefOf: (team: TeamRef) => string },
): { values: string[]; ranks: Rank[] } {
  const named = ranks.slice(0, MOST_SERIES).map(({ name }) => name);
  const hasOthers = rows.some(({ value }) => !named.includes(value));
  const teams = new Map<string, { team: TeamRef; rows: BreakdownRow[] }>();
  for (const row of rows) {
    if (row.team === null) continue;
    const key = addressOfTeam(row.team);
    const entry = teams.get(key) ?? { team: row.team, rows: [] };
    entry.rows.push(row);
    teams.set(key, entry);
  }
  const all = [...teams.values()];
  const isShared = (name: string) => all.filter(({ team }) => teamName(team) === name).length > 1;
  const total = (own: readonly BreakdownRow[]) => sum(own.map(({ metrics }) => metrics[metric])) ?? -1;
  const ordered = all.sort((a, b) => Number(isNoTeam(a.team)) - Number(isNoTeam(b.team)) || total(b.rows) - total(a.rows));
  const valuesOf = (own: readonly BreakdownRow[]) => {
    const sumOf = (isIncluded: (value: string) => boolean) => sum(own.filter(({ value }) => isIncluded(value)).map(({ metrics }) => metrics[metric]));
    return [...named.map((name) => sumOf((value) => value === name)), ...(hasOthers ? [sumOf((value) => !named.includes(value))] : [])];
  };
  return {
    values: [...named, ...(hasOthers ? [text.breakdowns.others] : [])],
    ranks: ordered.map(({ team, rows: own }): Rank => {
      const values = valuesOf(own);
      if (isNoTeam(team)) return { name: text.teams.noTeam, values };
      const name = teamName(team);
      // Two providers may have teams with equal names.
      return { name: isShared(name) ? `${name} (${whereOf(team)})` : name, values, id: addressOfTeam(team), href: hrefOf(team) };
    }),
  };
}
