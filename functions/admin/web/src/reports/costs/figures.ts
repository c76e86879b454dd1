// Money by its basis. What is billed, metered or estimated are different figures for the same work: never added.
import type { CostRow } from '../../api/words';
import type { Rank } from '../chart/ranking-panel';
import { type Period, type Row, type Series, sum, timeline } from '../chart/series';
import type { Filters } from '../filters/filters';

/** One kind of number that may be added up: a basis in one currency, or in credits. */
export interface Figure {
  /** Stands in the address. */
  id: string;
  basis: string;
  /** Null: credits. */
  currency: string | null;
}

const currencyOf = ({ amount, currency }: CostRow) => (typeof amount === 'number' ? (currency ?? null) : null);
const idOf = (row: CostRow) => `${row.basis}.${currencyOf(row) ?? 'credits'}`;
const valueOf = (row: CostRow): number | null => (currencyOf(row) === null ? row.credits : row.amount) ?? null;

/** Nearest to the invoice first. */
const ORDER = ['billed', 'metered', 'seat', 'included', 'estimated', 'list'];

export function figures(rows: readonly CostRow[]): Figure[] {
  const found = new Map(rows.map((row) => [idOf(row), { id: idOf(row), basis: row.basis, currency: currencyOf(row) }]));
  const place = ({ basis, currency }: Figure) => ORDER.indexOf(basis) + (currency === null ? ORDER.length : 0);
  return [...found.values()].sort((a, b) => place(a) - place(b) || a.id.localeCompare(b.id));
}

/** A figure over time, one series for each of what `nameOf` tells apart. */
export function figureOverTime(
  rows: readonly CostRow[],
  figure: Figure,
  filters: Pick<Filters, 'from' | 'to' | 'interval'>,
  nameOf: (row: CostRow) => string,
): { periods: Period[]; series: Series[] } {
  const meant = rows.filter((row) => idOf(row) === figure.id);
  const line = timeline<'value', Row<'value'> & { name: string }>(
    meant.map((row) => ({ ...row, day: row.day ?? null, name: nameOf(row), metrics: { value: valueOf(row) } })),
    filters,
  );
  const names = [...new Set(meant.map(nameOf))];
  const series = names.map((title) => ({ title, values: line.rows.map((its) => sum(its.filter(({ name }) => name === title).map(({ metrics }) => metrics.value))) }));
  return { periods: line.periods, series };
}

/** A figure over the whole range by name, most first. */
export function figureRanks(rows: readonly CostRow[], figure: Figure, nameOf: (row: CostRow) => string): Rank[] {
  const byName = new Map<string, (number | null)[]>();
  for (const row of rows) {
    if (idOf(row) !== figure.id) continue;
    byName.set(nameOf(row), [...(byName.get(nameOf(row)) ?? []), valueOf(row)]);
  }
  const ranks = [...byName].map(([name, values]) => ({ name, values: [sum(values)] }));
  return ranks.sort((a, b) => (b.values[0] ?? -Infinity) - (a.values[0] ?? -Infinity) || a.name.localeCompare(b.name));
}
