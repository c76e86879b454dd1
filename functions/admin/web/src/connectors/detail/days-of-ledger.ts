// The ledger as a calendar: the state of each day.
import type { Ledger, LedgerEntry } from '../../api/types';
import { addDays, type Day, daysBetween, weekdayOf } from '../../days';

/** Worst first: a day has the worst state of its datasets. `unknown`: no poll has requested the day. */
export const STATES = ['failed', 'unknown', 'pending', 'provisional', 'no_data', 'final'] as const;
export type State = (typeof STATES)[number];

export interface Cell {
  day: Day;
  state: State;
  entries: [string, LedgerEntry][];
}

const stateOf = (entry: LedgerEntry | undefined): State => STATES.find((state) => state === entry?.state) ?? 'unknown';

/** All days from the first to the last day of the ledger. */
export function cells(ledger: Ledger, dataset: string | null): Cell[] {
  const [first, last] = [ledger.days[0]?.day, ledger.days.at(-1)?.day];
  if (first === undefined || last === undefined) return [];
  const byDay = new Map(ledger.days.map((day) => [day.day, day.datasets]));
  return Array.from({ length: daysBetween(first, last) + 1 }, (_, index) => {
    const day = addDays(first, index);
    const datasets = byDay.get(day) ?? {};
    const entries = Object.entries(datasets).filter(([name]) => dataset === null || name === dataset);
    const states = entries.map(([, entry]) => stateOf(entry));
    return { day, entries, state: STATES.find((state) => states.includes(state)) ?? 'unknown' };
  });
}

/** Removes leading days for which the provider had no data. */
export function withoutPrehistory(all: Cell[]): Cell[] {
  const first = all.findIndex(({ state }) => state !== 'no_data');
  return first === -1 ? all : all.slice(first);
}

/** Columns of seven days, Monday first; `null` outside the range. */
export function weeks(all: readonly Cell[]): (Cell | null)[][] {
  const first = all[0];
  if (first === undefined) return [];
  const padded: (Cell | null)[] = [...Array<null>(weekdayOf(first.day)).fill(null), ...all];
  while (padded.length % 7 !== 0) padded.push(null);
  return Array.from({ length: padded.length / 7 }, (_, week) => padded.slice(week * 7, week * 7 + 7));
}

export function tally(all: readonly Cell[]): Map<State, number> {
  const counts = new Map<State, number>();
  for (const { state } of all) counts.set(state, (counts.get(state) ?? 0) + 1);
  return counts;
}
