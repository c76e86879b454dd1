import { expect, test } from 'vitest';

import type { Connector, Provider, TokenRow } from '../../api/types';
import { byKind, byModel, hitRate, metricsOf, silent, total } from './figures';

type Numbers = Partial<TokenRow['metrics']>;
const UNKNOWN = {
  requests: null,
  tokens_in: null,
  tokens_in_uncached: null,
  tokens_cache_read: null,
  tokens_cache_write: null,
  tokens_out: null,
  cache_hit_rate: null,
};
const row = (connector: string, metrics: Numbers, more: Partial<TokenRow> = {}): TokenRow =>
  ({ connector, provider: 'p', model: null, day: null, partial: false, provisional: false, ...more, metrics: { ...UNKNOWN, ...metrics } }) as TokenRow;
const cached = row('a', { requests: 2, tokens_in: 400, tokens_in_uncached: 100, tokens_cache_read: 300, tokens_out: 10, cache_hit_rate: 0.75 });
const uncachedOnly = row('b', { tokens_in: 600, tokens_in_uncached: 600, tokens_out: 20 });
const requestsOnly = row('c', { requests: 7 });
const range = { from: '2026-11-18', to: '2026-11-19', interval: 'day' as const };

test('a total names the connectors that do not report it', () => {
  const rows = [cached, uncachedOnly, requestsOnly];
  expect(total(rows, 'tokens_in')).toEqual({ value: 1000, without: [] });
  expect(total(rows, 'requests')).toEqual({ value: 2, without: ['b'] });
  expect(total([uncachedOnly], 'requests')).toEqual({ value: null, without: ['b'] });
});

test('the cache hit rate covers only input with known caching', () => {
  // 300 of 400 and 0 of 100: 300 of 500. The 600 of the other connector are neither hits nor misses.
  const nothingRead = row('d', { tokens_in: 100, tokens_in_uncached: 100, tokens_cache_read: 0, cache_hit_rate: 0 });
  expect(hitRate([cached, uncachedOnly, nothingRead])).toEqual({ value: 0.6, without: ['b'] });
  expect(hitRate([uncachedOnly]).value).toBeNull();
  expect(hitRate([]).value).toBeNull();
});

test('connectors without tokens are split by the datasets of their provider', () => {
  const connector = (id: string, provider: string) => ({ id, provider, name: id }) as Connector;
  const known = [connector('a', 'p'), connector('c', 'p'), connector('g', 'q')];
  const providers: Pick<Provider, 'id' | 'datasets'>[] = [{ id: 'p', datasets: ['activity', 'model_usage'] }, { id: 'q', datasets: ['activity'] }];
  const ids = (found: ReturnType<typeof silent>) => [found.never, found.notInRange].map((part) => part.map(({ id }) => id));
  expect(ids(silent(known, [cached, requestsOnly], providers, { connector: null, provider: null }))).toEqual([['g'], ['c']]);
  expect(ids(silent(known, [], providers, { connector: null, provider: 'q' }))).toEqual([['g'], []]);
  expect(ids(silent(known, [cached], providers, { connector: 'a', provider: null }))).toEqual([[], []]);
});

test('an unknown number is a gap, a measured zero is a zero', () => {
  const rows = [
    { ...cached, day: '2026-11-18', metrics: { ...cached.metrics, tokens_cache_write: 0 } },
    { ...uncachedOnly, day: '2026-11-19', provisional: true },
  ];
  const { periods, series, wholes } = byKind(rows, range);
  expect(series).toEqual([
    { title: 'Input, uncached', values: [100, 600] },
    { title: 'Input, written to cache', values: [0, null] },
    { title: 'Input, read from cache', values: [300, null] },
    { title: 'Output', values: [10, 20] },
  ]);
  expect(wholes.map(({ values }) => values)).toEqual([[400, 600], [10, 20]]);
  expect(periods.map(({ isProvisional }) => isProvisional)).toEqual([false, true]);
});

test('a type that no connector reports has no series', () => {
  const { series } = byKind([{ ...uncachedOnly, day: '2026-11-18' }], range);
  expect(series.map(({ title }) => title)).toEqual(['Input, uncached', 'Output']);
});

test('small models are one series, rows without a model another', () => {
  const of = (model: string | null, tokens_in: number) => row('a', { tokens_in, tokens_out: 1 }, { model, day: '2026-11-18' });
  const rows = Array.from('abcdefghi').map((model, place) => of(model, 100 - place));
  const { series } = byModel([...rows, of(null, 1000), of('b', 50)], range);
  expect(series.map(({ title }) => title)).toEqual(['b', 'a', 'c', 'd', 'e', 'f', 'g', 'All other models', 'Model not reported']);
  // b: 99 + 1 and 50 + 1. Others: 93 + 1 and 92 + 1.
  expect([0, 7, 8].map((place) => series[place]?.values)).toEqual([[151, null], [187, null], [1001, null]]);
});

test('combined rows keep unknown numbers unknown', () => {
  expect(metricsOf([cached, uncachedOnly])).toEqual({
    requests: 2,
    tokens_in: 1000,
    tokens_in_uncached: 700,
    tokens_cache_read: 300,
    tokens_cache_write: null,
    tokens_out: 30,
    cache_hit_rate: 0.75,
  });
});
