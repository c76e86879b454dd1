import { expect, test } from 'vitest';

import { type PanelQuery, stateOf, combine } from './panel-state';

const query = (more: Partial<PanelQuery>): PanelQuery => ({ data: undefined, error: null, isFetching: false, refetch: () => undefined, ...more });
const refused = new Error('refused');

test('a failed request is neither loading nor empty', () => {
  expect(stateOf(query({ isFetching: true }))).toBe('loading');
  expect(stateOf(query({ error: refused }))).toBe('failed');
  expect(stateOf(query({ data: [] }))).toBe('ready');
});

test('an answer that could not be refreshed stays and is marked stale', () => {
  expect(stateOf(query({ data: [1], error: refused }))).toBe('stale');
});

test('only the failed ones of several queries are refetched', () => {
  const refetched: string[] = [];
  const both = combine(query({ data: [], refetch: () => refetched.push('good') }), query({ error: refused, refetch: () => refetched.push('bad') }));
  expect(stateOf(both)).toBe('failed');
  both.refetch();
  expect(refetched).toEqual(['bad']);
  expect(stateOf(combine(query({ data: [] }), query({})))).toBe('loading');
  expect(stateOf(combine(query({ data: [] }), query({ data: [] })))).toBe('ready');
});
