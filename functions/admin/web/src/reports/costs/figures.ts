// Costs by basis. Billed, metered and estimated amounts describe the same work, so they are never added.
import type { CostRow, PersonRef, TeamRef } from '../../api/types';
import { addressOfTeam, isNoTeam, teamName } from '../addresses';
import type { Rank } from '../chart/ranking-panel';
import { type Period, type Row, type Series, sum, timeline } from '../chart/series';
import type { Filters } from '../filters/filters';

/** Amounts that may be added up: one basis in one currency, or in the credits of one provider. */
export interface CostBasis {
  /** Used in the address. */
  id: string;
  basis: string;
  /** Null: credits. */
  currency: string | null;
  /** The provider of the credits, as each has its own unit. Null for money. */
  provider: string | null;
}

/** A row without an amount keeps its currency: the amount is unknown. */
const currencyOf = ({ currency, credits }: CostRow) => ((credits ?? null) === null ? (currency ?? null) : null);
const idOf = (row: CostRow) => `${row.basis}.${currencyOf(row) ?? `credits.${row.provider}`}`;
const valueOf = (row: CostRow): number | null => (currencyOf(row) === null ? row.credits : row.amount) ?? null;

/** The basis closest to the invoice comes first. */
const ORDER = ['billed', 'metered', 'seat', 'included', 'estimated', 'list', 'unknown'];

export function costBases(rows: readonly CostRow[]): CostBasis[] {
  const byId = new Map(
    rows.map((row): [string, CostBasis] => {
      const currency = currencyOf(row);
      return [idOf(row), { id: idOf(row), basis: row.basis, currency, provider: currency === null ? row.provider : null }];
    }),
  );
  const rank = (basis: string) => (ORDER.includes(basis) ? ORDER.indexOf(basis) : ORDER.length);
  const place = ({ basis, currency }: CostBasis) => rank(basis) + (currency === null ? ORDER.length + 1 : 0);
  return [...byId.values()].sort((a, b) => place(a) - place(b) || a.id.localeCompare(b.id));
}

const rowsOf = (rows: readonly CostRow[], costBasis: CostBasis) => rows.filter((row) => idOf(row) === costBasis.id);

/** The known amount on a basis, and the number of uses without an amount. If there are any, the sum is a lower bound. */
export function knownAmount(rows: readonly CostRow[], costBasis: CostBasis): { value: number | null; unpriced: number } {
  const own = rowsOf(rows, costBasis);
  return { value: sum(own.map(valueOf)), unpriced: own.reduce((total, { unpriced }) => total + unpriced, 0) };
}

/** The amounts on a basis over time, one series per connector. */
export function basisOverTime(
  rows: readonly CostRow[],
  costBasis: CostBasis,
  filters: Pick<Filters, 'from' | 'to' | 'interval'>,
): { periods: Period[]; series: { connector: string; values: Series['values'] }[] } {
  const own = rowsOf(rows, costBasis);
  const line = timeline<'value', Row<'value'> & { connector: string }>(
    own.map((row) => ({ ...row, day: row.day ?? null, metrics: { value: valueOf(row) } })),
    filters,
  );
  const connectors = [...new Set(own.map(({ connector }) => connector))];
  const values = (id: string) => line.rows.map((rowsOfPeriod) => sum(rowsOfPeriod.filter(({ connector }) => connector === id).map(({ metrics }) => metrics.value)));
  return { periods: line.periods, series: connectors.map((connector) => ({ connector, values: values(connector) })) };
}

/** A group of rows: rows with one key form one rank. */
export interface Part {
  key: string;
  name: string;
  /** Distinguishes parts with equal names. */
  detail?: string;
  isRest?: boolean;
  id?: string;
  href?: string;
}

/** The amounts on a basis by part over the whole range: the largest first, the rest last. */
export function basisRanks(rows: readonly CostRow[], costBasis: CostBasis, partOf: (row: CostRow) => Part): Rank[] {
  const byKey = new Map<string, { part: Part; values: (number | null)[] }>();
  for (const row of rowsOf(rows, costBasis)) {
    const part = partOf(row);
    const entry = byKey.get(part.key) ?? { part, values: [] };
    entry.values.push(valueOf(row));
    byKey.set(part.key, entry);
  }
  const parts = [...byKey.values()];
  const isShared = (name: string) => parts.filter(({ part }) => part.name === name).length > 1;
  const ranks = parts.map(({ part: { key, name, detail, isRest, id, href }, values }): Rank => ({
    // Two people with equal names stay separate.
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

/** A person is one part over all providers. A subject without a person, e.g. an API key, is a part of its own. */
export function personOf({ subject, person, provider }: CostRow, unattributed: string, hrefOf: (person: PersonRef) => string): Part {
  if (subject === null || subject.id === '') return { key: '', name: unattributed, isRest: true };
  const { id, name, email } = subject;
  const own = `${provider}: ${id}`;
  const shown = [person?.name, name, email].find(Boolean) ?? id;
  return person === null ? { key: own, name: shown, id } : { key: person.id, name: shown, detail: email ?? own, id: person.id, href: hrefOf(person) };
}

/** A team is one part over all connectors. */
export function teamOf({ team }: CostRow, noTeam: string, whereOf: (team: TeamRef) => string, hrefOf: (team: TeamRef) => string): Part {
  if (team === null || isNoTeam(team)) return { key: '', name: noTeam, isRest: true };
  const key = addressOfTeam(team);
  return { key, name: teamName(team), detail: whereOf(team), id: key, href: hrefOf(team) };
}
