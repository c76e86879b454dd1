import { expect, test } from 'vitest';

import { apart, isEmpty, parts, type Row, series, seriesOfOne, share, sum, timeline } from './series';

const row = (day: string, active: number | null, more: Partial<Row<'active' | 'engaged'>> = {}): Row<'active' | 'engaged'> => ({
  day,
  metrics: { active },
  provisional: false,
  partial: false,
  ...more,
});
const range = { from: '2026-11-18', to: '2026-11-20', interval: 'day' as const };

test('a day without a row is a gap and not a zero', () => {
  const line = timeline([row('2026-11-18', 4), row('2026-11-20', 0)], range);
  expect(series(line, 'Active', 'active').values).toEqual([4, null, 0]);
  expect(line.periods.map(({ isKnown }) => isKnown)).toEqual([true, false, true]);
});

test('connectors are added, an unknown value changes nothing', () => {
  const line = timeline([row('2026-11-18', 4), row('2026-11-18', null), row('2026-11-18', 3)], range);
  expect(series(line, 'Active', 'active').values[0]).toBe(7);
  expect(sum([null, undefined])).toBeNull();
});

test('one provisional row makes its period provisional', () => {
  const line = timeline([row('2026-11-20', 1), row('2026-11-20', 2, { provisional: true, partial: true })], range);
  expect(line.periods[2]).toEqual({ start: '2026-11-20', isKnown: true, isProvisional: true, isPartial: true });
});

test('a row outside the range or without a day is left out', () => {
  const line = timeline([row('2026-10-01', 4), { ...row('2026-11-18', 4), day: null }], range);
  expect(line.rows.flat()).toEqual([]);
});

test('a share needs rows that have both the part and the whole', () => {
  const of = (engaged: number | null, active: number | null) => ({ metrics: { engaged, active } });
  const rate = (...rows: ReturnType<typeof of>[]) => share<'engaged' | 'active'>(rows, 'engaged', 'active');
  expect([rate(of(1, 4)), rate(of(1, 0)), rate(of(null, 3)), rate(of(2, null)), rate()]).toEqual([0.25, null, null, null, null]);
  // 1 of 4; the second row states no whole, the third no part.
  expect(rate(of(1, 4), of(100, null), of(null, 100))).toBe(0.25);
});

test('a median of two connectors is unknown', () => {
  const line = timeline([row('2026-11-18', 4), row('2026-11-19', 4), row('2026-11-19', 8), row('2026-11-20', null)], range);
  expect(seriesOfOne(line, 'Median', 'active').values).toEqual([4, null, null]);
});

test('series of gaps are empty, zeros are not', () => {
  expect(isEmpty([{ title: 'a', values: [null, null] }])).toBe(true);
  expect(isEmpty([{ title: 'a', values: [null, 0] }])).toBe(false);
});

test('the rest of a whole is unknown if the part is unknown', () => {
  const of = (engaged: number | null, active: number | null) => ({ day: '2026-11-18', metrics: { engaged, active }, provisional: false, partial: false });
  const titles = { part: 'engaged', rest: 'only active', unsplit: 'active' };
  const found = (rows: ReturnType<typeof of>[]) =>
    parts<'engaged' | 'active', ReturnType<typeof of>>({ periods: [], rows: [rows] }, ['engaged', 'active'], titles).map(({ title, values }) => [title, values[0]]);
  expect(found([of(2, 5)])).toEqual([['engaged', 2], ['only active', 3]]);
  expect(found([of(2, 5), of(null, 7)])).toEqual([['engaged', 2], ['only active', 3], ['active', 7]]);
  expect(found([of(null, 7)])).toEqual([['active', 7]]);
  // Of the first row the rest is unknown: 10 - 3 remain, not 10 - 5.
  expect(found([of(2, null), of(3, 10)])).toEqual([['engaged', 5], ['only active', 7]]);
  expect(found([of(null, null)])).toEqual([]);
});

test('each assistant has its own timeline', () => {
  const line = timeline([{ ...row('2026-11-18', 4), by: 'x' }, { ...row('2026-11-18', 3), by: 'y' }, { ...row('2026-11-19', 2), by: 'x' }], range);
  const drawn = apart(line, ({ by }) => by).map(([name, its]) => [name, series(its, name, 'active').values]);
  expect(drawn).toEqual([['x', [4, 2, null]], ['y', [3, null, null]]]);
});
