import { expect, test } from 'vitest';

import type { BreakdownRow } from '../../api/types';
import { reportedMetrics, overTime, ranking, teamRanks } from './ranking';

const row = (value: string, generations: number | null, day: string | null = null) =>
  ({ value, day, metrics: { generations, acceptances: null }, provisional: false, partial: false }) as unknown as BreakdownRow;

test('connectors are added by name, the largest first, ties by name', () => {
  const ranks = ranking([row('go', 5), row('rust', 7), row('go', 4), row('c', 7), row('x', null)], 'generations');
  expect(ranks.map(({ name, values }) => [name, values[0]])).toEqual([['go', 9], ['c', 7], ['rust', 7], ['x', null]]);
});

test('only reported metrics can be chosen', () => {
  expect(reportedMetrics([row('go', 5)])).toEqual(['generations']);
  expect(reportedMetrics([row('go', null)])).toEqual([]);
});

test('values beyond the distinguishable colors are one series', () => {
  const rows = 'abcdefghi'.split('').map((name) => row(name, 1, '2026-11-20'));
  const range = { from: '2026-11-20', to: '2026-11-20', interval: 'day' as const };
  const { series } = overTime(rows, range, 'generations', ranking(rows, 'generations'));
  expect(series).toHaveLength(8);
  expect(series.at(-1)).toEqual({ title: 'All others', values: [2] });
});

test('a team has a column per first value, people without a team come last', () => {
  const of = (id: string, value: string, generations: number, connector: string | null = 'c-1') =>
    ({ ...row(value, generations), team: { id, name: id === '' ? null : 'core', connector } });
  const rows = [of('', 'go', 99, null), of('3', 'go', 2), of('3', 'c', 4), of('3', 'go', 1), of('9', 'go', 8, 'c-2')];
  const named = { whereOf: ({ connector }: { connector: string | null }) => connector ?? '', hrefOf: ({ id }: { id: string }) => `/teams/${id}` };
  const { values, ranks } = teamRanks(rows, 'generations', [{ name: 'go', values: [] }, { name: 'rust', values: [] }], named);
  expect(values).toEqual(['go', 'rust', 'All others']);
  expect(ranks).toEqual([
    { name: 'core (c-2)', values: [8, null, null], id: 'c-2/9', href: '/teams/9' },
    { name: 'core (c-1)', values: [3, null, 4], id: 'c-1/3', href: '/teams/3' },
    { name: 'No team', values: [99, null, null] },
  ]);
});
