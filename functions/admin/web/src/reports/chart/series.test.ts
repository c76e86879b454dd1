import { expect, test } from 'vitest';

import { isEmpty, parts, ratio, rest, type Row, series, sum, timeline } from './series';

const row = (day: string, active: number | null, more: Partial<Row<'active' | 'engaged'>> = {}): Row<'active' | 'engaged'> => ({
  day,
  metrics: { active },
  provisional: false,
  partial: false,
  ...more,
});
const range = { from: '2026-11-18', to: '2026-11-20', interval: 'day' as const };

test('a day without a row is a gap and not a nought', () => {
  const line = timeline([row('2026-11-18', 4), row('2026-11-20', 0)], range);
  expect(series(line, 'Active', 'active').values).toEqual([4, null, 0]);
  expect(line.periods.map(({ isKnown }) => isKnown)).toEqual([true, false, true]);
});

test('connectors are added, and one that cannot say takes nothing away', () => {
  const line = timeline([row('2026-11-18', 4), row('2026-11-18', null), row('2026-11-18', 3)], range);
  expect(series(line, 'Active', 'active').values[0]).toBe(7);
  expect(sum([null, undefined])).toBeNull();
});

test('one provisional row makes its period provisional', () => {
  const line = timeline([row('2026-11-20', 1), row('2026-11-20', 2, { provisional: true, partial: true })], range);
  expect(line.periods[2]).toEqual({ start: '2026-11-20', isKnown: true, isProvisional: true, isPartial: true });
});

test('a row outside the range, or about all of it, has no place', () => {
  const line = timeline([row('2026-10-01', 4), { ...row('2026-11-18', 4), day: null }], range);
  expect(line.rows.flat()).toEqual([]);
});

test('a share is unknown where its whole is unknown or nothing', () => {
  const [part, whole] = [
    { title: 'a', values: [1, 1, null, 2] },
    { title: 'b', values: [4, 0, 3, null] },
  ];
  expect(ratio('r', part, whole).values).toEqual([0.25, null, null, null]);
  expect(rest('r', part, whole).values).toEqual([3, 0, 3, null]);
});

test('series of gaps are empty, noughts are not', () => {
  expect(isEmpty([{ title: 'a', values: [null, null] }])).toBe(true);
  expect(isEmpty([{ title: 'a', values: [null, 0] }])).toBe(false);
});

test('who does not tell a part is neither within it nor what is left', () => {
  const of = (metrics: { engaged: number | null; active: number | null }) => ({ day: '2026-11-18', metrics, provisional: false, partial: false });
  const titles = { part: 'engaged', rest: 'only active', untold: 'active' };
  const found = (rows: ReturnType<typeof of>[]) =>
    parts<'engaged' | 'active', ReturnType<typeof of>>({ periods: [], rows: [rows] }, ['engaged', 'active'], titles).map(({ title, values }) => [title, values[0]]);
  expect(found([of({ engaged: 2, active: 5 })])).toEqual([['engaged', 2], ['only active', 3]]);
  expect(found([of({ engaged: 2, active: 5 }), of({ engaged: null, active: 7 })])).toEqual([['engaged', 2], ['only active', 3], ['active', 7]]);
  expect(found([of({ engaged: null, active: 7 })])).toEqual([['active', 7]]);
});
