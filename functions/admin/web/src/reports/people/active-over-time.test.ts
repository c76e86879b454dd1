import { expect, test } from 'vitest';

import type { ActivePeopleRow } from '../../api/types';
import { activeOverTime } from './active-over-time';

const row = (day: string, active: number | null, provider: string | null = null): ActivePeopleRow =>
  ({ day, active, provider, engaged: null, team: null, days: 1, partial: false, provisional: false });
const range = { from: '2026-11-17', to: '2026-11-19', interval: 'day' as const };
const named = (provider: string) => ({ title: `of ${provider}` });

test('people of several assistants count once in total and once in each', () => {
  // Three at each, one of them at both: five.
  const { series } = activeOverTime([row('2026-11-17', 5)], [row('2026-11-17', 3, 'b'), row('2026-11-17', 3, 'a')], range, named);
  expect(series.map(({ title, values }) => [title, values])).toEqual([
    ['Any assistant', [5, null, null]],
    ['of a', [3, null, null]],
    ['of b', [3, null, null]],
  ]);
});

test('a single assistant has no separate line', () => {
  const { series } = activeOverTime([row('2026-11-18', 2)], [row('2026-11-18', 2, 'a')], range, named);
  expect(series).toEqual([{ title: 'Active', values: [null, 2, null] }]);
});

test('an assistant without active people has no line and no zeros', () => {
  const { periods, series } = activeOverTime([row('2026-11-17', null), row('2026-11-18', 0)], [row('2026-11-17', null, 'b'), row('2026-11-18', 0, 'a')], range, named);
  expect(series).toEqual([{ title: 'Active', values: [null, 0, null] }]);
  expect(periods.map(({ isKnown }) => isKnown)).toEqual([true, true, false]);
});
