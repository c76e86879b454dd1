// Money by its basis. Billed, metered and estimated amounts are different figures for the same work: they are never added.
import type { CostRow, PersonRef, TeamRef } from '../../api/words';
import { addressOfTeam, isNoTeam, teamName } from '../addresses';
import type { Rank } from '../chart/ranking-panel';
import { type Period, type Row, type Series, sum, timeline } from '../chart/series';
import type { Filters } from '../filters/filters';

/** One kind of number that may be added up: a basis in one currency, or in the credits of one provider. */
export interface Figure {
  /** Part of the address. */
  id: string;
  basis: string;
  /** Null: credits. */
  currency: string | null;
  /** Whose credits: each provider has its own unit. Null for money. */
  provider: string | null;
}

/** A row without an amount keeps its currency: its amount is unknown, and it is not in credits. */
const currencyOf = ({ currency, credits }: CostRow) => ((credits ?? null) === null ? (currency ?? null) : null);
const idOf = (row: CostRow) => `${row.basis}.${currencyOf(row) ?? `credits.${row.provider}`}`;
const valueOf = (row: CostRow): number | null => (currencyOf(row) === null ? row.credits : row.amount) ?? null;

/** Nearest to the invoice first. */
const ORDER = ['billed', 'metered', 'seat', 'included', 'estimated', 'list', 'unknown'];

export function figures(rows: readonly CostRow[]): Figure[] {
  const found = new Map(
    rows.map((row): [string, Figure] => {
      const currency = currencyOf(row);
      return [idOf(row), { id: idOf(row), basis: row.basis, currency, provider: currency === null ? row.provider : null }];
    }),
  );
  const known = (basis: string) => (ORDER.includes(basis) ? ORDER.indexOf(basis) : ORDER.length);
  const place = ({ basis, currency }: Figure) => known(basis) + (currency === null ? ORDER.length + 1 : 0);
  return [...found.values()].sort((a, b) => place(a) - place(b) || a.id.localeCompare(b.id));
}

const ofFigure = (rows: readonly CostRow[], figure: Figure) => rows.filter((row) => idOf(row) === figure.id);

/** What is known of a figure, and how many uses have no amount: with any, the sum is a lower bound. */
export function known(rows: readonly CostRow[], figure: Figure): { value: number | null; unpriced: number } {
  const its = ofFigure(rows, figure);
  return { value: sum(its.map(valueOf)), unpriced: its.reduce((total, { unpriced }) => total + unpriced, 0) };
}

/** A figure over time, one series for each connector. */
export function figureOverTime(
  rows: readonly CostRow[],
  figure: Figure,
  filters: Pick<Filters, 'from' | 'to' | 'interval'>,
): { periods: Period[]; series: { connector: string; values: Series['values'] }[] } {
  const its = ofFigure(rows, figure);
  const line = timeline<'value', Row<'value'> & { connector: string }>(
    its.map((row) => ({ ...row, day: row.day ?? null, metrics: { value: valueOf(row) } })),
    filters,
  );
  const connectors = [...new Set(its.map(({ connector }) => connector))];
  const values = (id: string) => line.rows.map((of) => sum(of.filter(({ connector }) => connector === id).map(({ metrics }) => metrics.value)));
  return { periods: line.periods, series: connectors.map((connector) => ({ connector, values: values(connector) })) };
}

/** Rows of one key are one rank. */
export interface Part {
  key: string;
  name: string;
  /** Tells two parts of one name apart. */
  detail?: string;
  isRest?: boolean;
  id?: string;
  href?: string;
}

/** A figure over the whole range by part: the largest first, the rest last. */
export function figureRanks(rows: readonly CostRow[], figure: Figure, partOf: (row: CostRow) => Part): Rank[] {
  const byKey = new Map<string, { part: Part; values: (number | null)[] }>();
  for (const row of ofFigure(rows, figure)) {
    const part = partOf(row);
    const found = byKey.get(part.key) ?? { part, values: [] };
    found.values.push(valueOf(row));
    byKey.set(part.key, found);
  }
  const parts = [...byKey.values()];
  const isShared = (name: string) => parts.filter(({ part }) => part.name === name).length > 1;
  const ranks = parts.map(({ part: { key, name, detail, isRest, id, href }, values }): Rank => ({
    // Two people of one name stay two.
    name: isShared(name) ? `${name} (${detail ?? key})` : name,
    values: [sum(values)],
    ...(isRest === true && { isRest }),
    ...(id !== undefined && { id }),
    ...(href !== undefined && { href }),
  }));
  const last = ({ isRest }: Rank) => (isRest === true ? 1 : 0);
  return ranks.sort(
    (a, b) => last(a) - last(b) || (b.values[0] ?? -Infinity) - (a.values[0] ?? -Infinity) || a.name.localeCompare(b.name),
  );
}

/** A person is one part at every provider. What acts for people, e.g. an API key, is one at its own. */
export function personOf({ subject, person, provider }: CostRow, unattributed: string, hrefOf: (person: PersonRef) => string): Part {
  if (subject === null || subject.id === '') return { key: '', name: unattributed, isRest: true };
  const { id, name, email } = subject;
  const own = `${provider}: ${id}`;
  const shown = [person?.name, name, email].find(Boolean) ?? id;
  return person === null ? { key: own, name: shown, id } : { key: person.id, name: shown, detail: email ?? own, id: person.id, href: hrefOf(person) };
}

/** A team is one part over all connectors whose people are in it. */
export function teamOf({ team }: CostRow, noTeam: string, whereOf: (team: TeamRef) => string, hrefOf: (team: TeamRef) => string): Part {
  if (team === null || isNoTeam(team)) return { key: '', name: noTeam, isRest: true };
  const key = addressOfTeam(team);
  return { key, name: teamName(team), detail: whereOf(team), id: key, href: hrefOf(team) };
}
