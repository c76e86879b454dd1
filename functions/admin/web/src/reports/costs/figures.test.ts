import { expect, test } from 'vitest';

import type { CostRow } from '../../api/words';
import { type Figure, figureOverTime, figureRanks, figures, known, personOf } from './figures';

const row = (basis: string, amount: number | null, more: Partial<CostRow> = {}): CostRow =>
  ({ basis, amount, currency: 'USD', credits: null, unpriced: 0, day: null, provisional: false, partial: false, connector: 'a', provider: 'p', ...more }) as CostRow;
const credits = (amount: number, more: Partial<CostRow> = {}) => row('billed', null, { currency: null, credits: amount, ...more });
const billed: Figure = { id: 'billed.USD', basis: 'billed', currency: 'USD', provider: null };
const byModel = ({ model }: CostRow) => ({ key: model ?? '', name: model ?? '' });

test('bases and currencies are figures of their own, the invoice first', () => {
  const rows = [row('list', 1), row('billed', 2), row('billed', 3, { currency: 'EUR' }), credits(7), row('unknown', null, { unpriced: 1 })];
  expect(figures(rows).map(({ id }) => id)).toEqual(['billed.EUR', 'billed.USD', 'list.USD', 'unknown.USD', 'billed.credits.p']);
});

test('the credits of two providers are two figures', () => {
  const rows = [credits(7), credits(5, { provider: 'q' })];
  expect(figures(rows).map(({ id, provider }) => [id, provider])).toEqual([['billed.credits.p', 'p'], ['billed.credits.q', 'q']]);
});

test('a use without an amount keeps its currency and makes the amount a lower bound', () => {
  const rows = [row('billed', null, { unpriced: 2 }), row('billed', 3, { unpriced: 1 }), row('billed', 4)];
  expect(figures(rows).map(({ id }) => id)).toEqual(['billed.USD']);
  expect(known(rows, billed)).toEqual({ value: 7, unpriced: 3 });
  expect(known([row('billed', null, { unpriced: 2 })], billed)).toEqual({ value: null, unpriced: 2 });
});

test('only rows of the figure are added', () => {
  const rows = [row('billed', 2, { model: 'm' }), row('billed', 3, { model: 'm' }), row('list', 100, { model: 'm' }), row('billed', 9, { model: 'n' })];
  expect(figureRanks(rows, billed, byModel).map(({ name, values }) => [name, values[0]])).toEqual([['n', 9], ['m', 5]]);
});

test('what is not attributable to a person comes last, and is no person', () => {
  const of = (id: string, amount: number, more = {}) => row('billed', amount, { subject: { id, name: null, email: null, ...more } });
  const rows = [of('', 100), of('7', 2, { name: 'Noor', email: 'Noor@octo.example' }), of('noor@octo.example', 3, { email: 'noor@octo.example' }), of('8', 1, { name: 'Kim' }), of('9', 4, { name: 'Kim' })];
  const ranks = figureRanks(rows, billed, (one) => personOf(one, 'Not attributable'));
  expect(ranks).toEqual([
    { name: 'Noor', values: [5] },
    { name: 'Kim (p: 9)', values: [4] },
    { name: 'Kim (p: 8)', values: [1] },
    { name: 'Not attributable', values: [100], isRest: true },
  ]);
});

test('a day without a row is a gap', () => {
  const rows = [row('billed', 2, { day: '2026-11-19' })];
  const range = { from: '2026-11-18', to: '2026-11-19', interval: 'day' as const };
  const { periods, series } = figureOverTime(rows, billed, range);
  expect(series).toEqual([{ connector: 'a', values: [null, 2] }]);
  expect(periods.map(({ isKnown }) => isKnown)).toEqual([false, true]);
});
