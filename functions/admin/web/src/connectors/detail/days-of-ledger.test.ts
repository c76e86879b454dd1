import { expect, test } from 'vitest';

import type { Ledger, LedgerEntry } from '../../api/types';
import { cells, tally, weeks, withoutPrehistory } from './days-of-ledger';

const entry = (state: string): LedgerEntry => ({ state, revision: 1, rows: 1, fetched_at: '' });
const ledger = (days: Record<string, Record<string, string>>): Ledger => ({
  days: Object.entries(days).map(([day, datasets]) => ({
    day,
    datasets: Object.fromEntries(Object.entries(datasets).map(([name, state]) => [name, entry(state)])),
  })),
  revisions: [], has_more_revisions: false,
});

test('a day has the worst state of its datasets', () => {
  const found = cells(ledger({ '2026-11-20': { activity: 'final', breakdown: 'failed' } }), null);
  expect(found.map(({ state }) => state)).toEqual(['failed']);
  expect(cells(ledger({ '2026-11-20': { activity: 'final', breakdown: 'failed' } }), 'activity')[0]?.state).toBe('final');
});

test('a day that no poll has requested is a hole', () => {
  const found = cells(ledger({ '2026-11-18': { activity: 'final' }, '2026-11-20': { activity: 'pending' } }), null);
  expect(found.map(({ day, state }) => [day, state])).toEqual([
    ['2026-11-18', 'final'],
    ['2026-11-19', 'unknown'],
    ['2026-11-20', 'pending'],
  ]);
  expect(tally(found).get('unknown')).toBe(1);
});

test('weeks are columns that start on Monday', () => {
  const found = weeks(cells(ledger({ '2026-11-18': { a: 'final' }, '2026-11-24': { a: 'final' } }), null));
  expect(found).toHaveLength(2);
  expect(found[0]?.map((cell) => cell?.day.slice(-2) ?? null)).toEqual([null, null, '18', '19', '20', '21', '22']);
  expect(found[1]?.map((cell) => cell?.day.slice(-2) ?? null)).toEqual(['23', '24', null, null, null, null, null]);
  expect(weeks([])).toEqual([]);
});

test('days before the first stored day are left out', () => {
  const all = cells(ledger({ '2026-11-18': { a: 'no_data' }, '2026-11-19': { a: 'final' }, '2026-11-20': { a: 'no_data' } }), null);
  expect(withoutPrehistory(all).map(({ day }) => day)).toEqual(['2026-11-19', '2026-11-20']);
});
