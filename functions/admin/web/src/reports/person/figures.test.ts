import { expect, test } from 'vitest';

import type { CostRow, UsageRow } from '../../api/types';
import { assistants, costsOverTime, topicOverTime } from './figures';

const range = { from: '2026-11-18', to: '2026-11-19', interval: 'day' as const };
const usage = (day: string, metrics: Partial<UsageRow['metrics']>, connector = 'a') =>
  ({ day, connector, provider: 'p', metrics, partial: false, provisional: false }) as UsageRow;
const cost = (day: string, basis: string, amount: number | null, more: Partial<CostRow> = {}) =>
  ({ day, basis, amount, currency: 'USD', credits: null, unpriced: 0, connector: 'a', provider: 'p', partial: false, provisional: false, ...more }) as CostRow;

test('a topic has the reported metrics without those that are always zero', () => {
  const rows = [usage('2026-11-18', { chat_turns: 2, commits: 0, sessions: null }), usage('2026-11-19', { chat_turns: 0 })];
  const { series } = topicOverTime(rows, 'actions', range, (metric) => metric);
  expect(series).toEqual([{ title: 'chat_turns', values: [2, 0] }]);
});

test('a measured zero is shown if no other metric has a value', () => {
  const rows = [usage('2026-11-18', { chat_turns: 0, commits: 0 })];
  expect(topicOverTime(rows, 'actions', range, (metric) => metric).series).toEqual([{ title: 'chat_turns', values: [0, null] }]);
  expect(topicOverTime(rows, 'lines', range, (metric) => metric).series).toEqual([]);
});

test('bases of one currency are in one chart, credits in another', () => {
  const rows = [
    cost('2026-11-18', 'metered', 2),
    cost('2026-11-18', 'metered', 3, { connector: 'b' }),
    cost('2026-11-19', 'list', 7),
    cost('2026-11-19', 'metered', null, { currency: null, credits: 11 }),
  ];
  const found = costsOverTime(rows, range, ({ basis }) => basis);
  expect(found.map(({ currency, bases, series }) => [currency, bases, series])).toEqual([
    ['USD', ['metered', 'list'], [{ title: 'metered', values: [5, null] }, { title: 'list', values: [null, 7] }]],
    [null, ['metered'], [{ title: 'metered', values: [null, 11] }]],
  ]);
});

test('each assistant is listed once, in the order of names', () => {
  const rows = [{ provider: 'p' }, { provider: 'q' }, { provider: 'p' }];
  expect(assistants(rows, (provider) => ({ p: 'Zed', q: 'Ada' })[provider] ?? provider)).toEqual(['q', 'p']);
});
