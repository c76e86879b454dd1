import { expect, test } from 'vitest';

import { queryOf, hrefWithFilters, readFilters, writeFilters } from './filters';

const NOW = '2026-11-21';
const read = (search: string) => readFilters(new URLSearchParams(search), NOW);

test('the default is the last 28 days up to yesterday, by day', () => {
  expect(read('')).toEqual({ from: '2026-10-24', to: '2026-11-20', last: 28, interval: 'day', provider: null, connector: null });
});

test('a long range is shown by week unless the address says day', () => {
  expect(read('last=365').interval).toBe('week');
  expect(read('last=365&interval=day')).toMatchObject({ from: '2025-11-21', to: '2026-11-20', interval: 'day' });
});

test('an absolute range stays absolute', () => {
  expect(read('from=2026-01-01&to=2026-01-31')).toMatchObject({ from: '2026-01-01', to: '2026-01-31', last: null });
});

test.each(['from=2026-02-30&to=2026-03-01', 'from=2026-03-02&to=2026-03-01', 'from=2020-01-01&to=2026-01-01', 'last=-4', 'last=x', 'interval=hour'])(
  '%s is nonsense and becomes the default',
  (search) => {
    expect(read(search)).toEqual(read(''));
  },
);

test('a change keeps the other parameters', () => {
  const next = writeFilters(new URLSearchParams('last=90&connector=a'), { connector: null, provider: 'p' });
  expect(next.toString()).toBe('last=90&provider=p');
});

test('only chosen filters are in the query', () => {
  expect(queryOf(read(''))).toEqual({ from: '2026-10-24', to: '2026-11-20' });
  expect(queryOf(read('connector=a'))).toEqual({ from: '2026-10-24', to: '2026-11-20', connector: 'a' });
});

test('a link keeps days and connectors and drops other parameters', () => {
  const search = new URLSearchParams('last=90&connector=a&interval=week&search=x&sort=name&by=model');
  expect(hrefWithFilters('/costs', search)).toBe('/costs?last=90&interval=week&connector=a');
  expect(hrefWithFilters('/costs', new URLSearchParams('sort=name'))).toBe('/costs');
  expect(hrefWithFilters('/people', new URLSearchParams('last=7&search=x'), { search: 'a b@c' })).toBe('/people?last=7&search=a+b%40c');
});
