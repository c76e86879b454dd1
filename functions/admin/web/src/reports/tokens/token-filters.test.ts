import { expect, test } from 'vitest';

import { hrefWith, namesOf, readTokenFilters, writeTokenFilters } from './token-filters';

const search = (query: string) => new URLSearchParams(query);

test('filters are read from the address, empty ones are ignored', () => {
  const found = readTokenFilters(search('last=7&model=gpt-5&team=&subject='));
  expect([found, namesOf(found)]).toEqual([{ model: 'gpt-5' }, ['model']]);
});

test('a filter is added to those in the address', () => {
  expect(hrefWith(search('last=7&team=3'), { model: 'gpt 5' })).toBe('/tokens?last=7&team=3&model=gpt+5');
  expect(writeTokenFilters(search('last=7&team=3'), { team: null }).toString()).toBe('last=7');
});

test('a person is chosen by e-mail address or by id, never by both', () => {
  expect(writeTokenFilters(search('email=a%40octo.example'), { subject: '7' }).toString()).toBe('subject=7');
  expect(writeTokenFilters(search('subject=7'), { email: 'a@octo.example' }).toString()).toBe('email=a%40octo.example');
});
