import { expect, test } from 'vitest';

import type { CostRow } from '../../api/words';
import { type Figure, figureOverTime, figureRanks, figures } from './figures';

const row = (basis: string, amount: number | null, more: Partial<CostRow> = {}): CostRow =>
  ({ basis, amount, currency: amount === null ? null : 'USD', credits: null, day: null, provisional: false, partial: false, connector: 'a', ...more }) as CostRow;

test('bases and currencies are figures of their own, the invoice first', () => {
  const rows = [row('list', 1), row('billed', 2), row('billed', 3, { currency: 'EUR' }), row('billed', null, { credits: 7 })];
  expect(figures(rows).map(({ id }) => id)).toEqual(['billed.EUR', 'billed.USD', 'list.USD', 'billed.credits']);
});

test('only rows of the figure are added', () => {
  const rows = [row('billed', 2, { model: 'm' }), row('billed', 3, { model: 'm' }), row('list', 100, { model: 'm' }), row('billed', 9, { model: 'n' })];
  const billed: Figure = { id: 'billed.USD', basis: 'billed', currency: 'USD' };
  expect(figureRanks(rows, billed, ({ model }) => model ?? '').map(({ name, values }) => [name, values[0]])).toEqual([['n', 9], ['m', 5]]);
});

test('a day without a row is a gap', () => {
  const rows = [row('billed', 2, { day: '2026-11-19' })];
  const billed: Figure = { id: 'billed.USD', basis: 'billed', currency: 'USD' };
  const range = { from: '2026-11-18', to: '2026-11-19', interval: 'day' as const };
  const { periods, series } = figureOverTime(rows, billed, range, () => 'x');
  expect(series).toEqual([{ title: 'x', values: [null, 2] }]);
  expect(periods.map(({ isKnown }) => isKnown)).toEqual([false, true]);
});
