import { expect, test } from 'vitest';

import { tableQuery, readTableState, writeTableState } from './table-state';

const SORTS = ['name', 'plan'] as const;
const read = (address: string) => readTableState(new URLSearchParams(address), SORTS, { sort: 'plan', order: 'desc' });

test('an address without a sort has the default order', () => {
  expect(read('search=a')).toEqual({ sort: 'plan', order: 'desc', search: 'a' });
  // The order belongs to the sort.
  expect(read('order=asc')).toEqual({ sort: 'plan', order: 'desc', search: '' });
  expect(read('sort=nonsense&order=asc')).toEqual({ sort: 'plan', order: 'desc', search: '' });
});

test('a sort is ascending unless the address says desc', () => {
  expect(read('sort=name')).toMatchObject({ sort: 'name', order: 'asc' });
  expect(read('sort=name&order=desc')).toMatchObject({ sort: 'name', order: 'desc' });
});

test('a change keeps other parameters and removes empty ones', () => {
  const next = writeTableState(new URLSearchParams('use=idle&search=a'), { search: '', sort: 'name' });
  expect(next.toString()).toBe('use=idle&sort=name');
});

test('a search of spaces is not sent', () => {
  expect(tableQuery(read('search=%20'))).toEqual({ sort: 'plan', order: 'desc' });
  expect(tableQuery(read('search=%20a%20'))).toEqual({ sort: 'plan', order: 'desc', search: 'a' });
});
