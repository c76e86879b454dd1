import { expect, test } from 'vitest';

import type { BreakdownRow } from '../../api/words';
import { known, overTime, ranking } from './ranking';

const row = (value: string, generations: number | null, day: string | null = null) =>
  ({ value, day, metrics: { generations, acceptances: null }, provisional: false, partial: false }) as unknown as BreakdownRow;

test('connectors are added by name, most first, ties by name', () => {
  const ranks = ranking([row('go', 5), row('rust', 7), row('go', 4), row('c', 7), row('x', null)], 'generations');
  expect(ranks.map(({ name, values }) => [name, values[0]])).toEqual([['go', 9], ['c', 7], ['rust', 7], ['x', null]]);
});

test('only what somebody measured can be chosen', () => {
  expect(known([row('go', 5)])).toEqual(['generations']);
  expect(known([row('go', null)])).toEqual([]);
});

test('beyond the colours that can be told apart stands one series for all others', () => {
  const rows = 'abcdefghi'.split('').map((name) => row(name, 1, '2026-11-20'));
  const range = { from: '2026-11-20', to: '2026-11-20', interval: 'day' as const };
  const { series } = overTime(rows, range, 'generations', ranking(rows, 'generations'));
  expect(series).toHaveLength(8);
  expect(series.at(-1)).toEqual({ title: 'All others', values: [2] });
});
