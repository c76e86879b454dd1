import { expect, test } from 'vitest';

import type { CostRow } from '../../api/types';
import { type CostBasis, basisOverTime, basisRanks, costBases, knownAmount, personOf, teamOf } from './figures';

const row = (basis: string, amount: number | null, more: Partial<CostRow> = {}): CostRow =>
  ({ basis, amount, currency: 'USD', credits: null, unpriced: 0, day: null, provisional: false, partial: false, connector: 'a', provider: 'p', ...more }) as CostRow;
const credits = (amount: number, more: Partial<CostRow> = {}) => row('billed', null, { currency: null, credits: amount, ...more });
const billed: CostBasis = { id: 'billed.USD', basis: 'billed', currency: 'USD', provider: null };
const byModel = ({ model }: CostRow) => ({ key: model ?? '', name: model ?? '' });

test('bases and currencies stay separate, the invoice comes first', () => {
  const rows = [row('list', 1), row('billed', 2), row('billed', 3, { currency: 'EUR' }), credits(7), row('unknown', null, { unpriced: 1 })];
  expect(costBases(rows).map(({ id }) => id)).toEqual(['billed.EUR', 'billed.USD', 'list.USD', 'unknown.USD', 'billed.credits.p']);
});

test('the credits of two providers stay separate', () => {
  const rows = [credits(7), credits(5, { provider: 'q' })];
  expect(costBases(rows).map(({ id, provider }) => [id, provider])).toEqual([['billed.credits.p', 'p'], ['billed.credits.q', 'q']]);
});

test('a use without an amount makes the sum a lower bound', () => {
  const rows = [row('billed', null, { unpriced: 2 }), row('billed', 3, { unpriced: 1 }), row('billed', 4)];
  expect(costBases(rows).map(({ id }) => id)).toEqual(['billed.USD']);
  expect(knownAmount(rows, billed)).toEqual({ value: 7, unpriced: 3 });
  expect(knownAmount([row('billed', null, { unpriced: 2 })], billed)).toEqual({ value: null, unpriced: 2 });
});

test('only rows of one basis are added', () => {
  const rows = [row('billed', 2, { model: 'm' }), row('billed', 3, { model: 'm' }), row('list', 100, { model: 'm' }), row('billed', 9, { model: 'n' })];
  expect(basisRanks(rows, billed, byModel).map(({ name, values }) => [name, values[0]])).toEqual([['n', 9], ['m', 5]]);
});

test('unattributed cost comes last, and a person has one row', () => {
  const noor = { id: '0a', name: 'Noor' };
  const of = (id: string, amount: number, person: CostRow['person'] = null, email: string | null = null) =>
    row('billed', amount, { subject: { id, name: `login ${id}`, email }, person });
  const rows = [
    of('', 100),
    of('7', 2, noor),
    of('user-9', 3, noor),
    of('8', 1, { id: '0b', name: 'Kim' }, 'kim@octo.example'),
    of('9', 4, { id: '0c', name: 'Kim' }),
    of('key_1', 6),
  ];
  const ranks = basisRanks(rows, billed, (one) => personOf(one, 'Not attributable', ({ id }) => `/people/${id}`));
  expect(ranks).toEqual([
    { name: 'login key_1', values: [6], id: 'key_1' },
    { name: 'Noor', values: [5], id: '0a', href: '/people/0a' },
    { name: 'Kim (p: 9)', values: [4], id: '0c', href: '/people/0c' },
    { name: 'Kim (kim@octo.example)', values: [1], id: '0b', href: '/people/0b' },
    { name: 'Not attributable', values: [100], isRest: true },
  ]);
});

test('a team has one row, and teams with equal names stay separate', () => {
  const of = (id: string, amount: number, connector: string | null, provider = 'p') =>
    row('billed', amount, { provider, connector: provider, team: { id, connector, name: id === '' ? null : 'core' } });
  const rows = [of('3', 2, 'c-1'), of('3', 5, 'c-1', 'q'), of('3', 1, 'c-2'), of('', 9, null), of('@core', 4, null)];
  const ranks = basisRanks(rows, billed, (one) => teamOf(one, 'In no team', ({ connector }) => connector ?? 'file', ({ id }) => `/teams/${id}`));
  expect(ranks.map(({ name, values, isRest }) => [name, values[0], isRest])).toEqual([
    ['core (c-1)', 7, undefined],
    ['core (file)', 4, undefined],
    ['core (c-2)', 1, undefined],
    ['In no team', 9, true],
  ]);
});

test('a day without a row is a gap', () => {
  const rows = [row('billed', 2, { day: '2026-11-19' })];
  const range = { from: '2026-11-18', to: '2026-11-19', interval: 'day' as const };
  const { periods, series } = basisOverTime(rows, billed, range);
  expect(series).toEqual([{ connector: 'a', values: [null, 2] }]);
  expect(periods.map(({ isKnown }) => isKnown)).toEqual([false, true]);
});
