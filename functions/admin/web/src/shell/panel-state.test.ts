import { expect, test } from 'vitest';

import { type PanelQuery, stateOf, together } from './panel-state';

const query = (more: Partial<PanelQuery>): PanelQuery => ({ data: undefined, error: null, isFetching: false, refetch: () => undefined, ...more });
const refused = new Error('refused');

test('a failed request is neither loading nor empty', () => {
  expect(stateOf(query({ isFetching: true }))).toBe('loading');
  expect(stateOf(query({ error: refused }))).toBe('failed');
  expect(stateOf(query({ data: [] }))).toBe('ready');
});

test('an answer that could not be refreshed stays, and is marked', () => {
  expect(stateOf(query({ data: [1], error: refused }))).toBe('old');
});

test('of several queries the failed ones are asked again', () => {
  const asked: string[] = [];
  const both = together(query({ data: [], refetch: () => asked.push('good') }), query({ error: refused, refetch: () => asked.push('bad') }));
  expect(stateOf(both)).toBe('failed');
  both.refetch();
  expect(asked).toEqual(['bad']);
  expect(stateOf(together(query({ data: [] }), query({})))).toBe('loading');
  expect(stateOf(together(query({ data: [] }), query({ data: [] })))).toBe('ready');
});
