import { expect, test } from 'vitest';

import type { Provider, Way } from '../../api/types';
import { about, linkFor, wayFor, waysTo } from './ways';

const way = (id: string, accounts: string[], begins: string[]): Way => ({
  id,
  title: id,
  credential: 'key',
  accounts,
  steps: [],
  url: 'https://vendor.example/{slug}/new?name=pairmeter-{slug}',
  scopes: [],
  begins,
});
const provider = {
  ways: [way('fine', ['organization'], ['nt_fine_']), way('old', ['organization', 'enterprise'], ['nt_'])],
} as unknown as Provider;

test('only ways for this kind of account are shown', () => {
  expect(waysTo(provider, 'enterprise').map(({ id }) => id)).toEqual(['old']);
});

test('links and steps carry the account', () => {
  const account = { kind: 'organization', slug: ' octo&co ' };
  expect(linkFor(way('a', [], []), account)).toBe('https://vendor.example/octo%26co/new?name=pairmeter-octo%26co');
  expect(about('an owner of {slug}', account)).toBe('an owner of octo&co');
});

test('a token selects the way with the longest prefix', () => {
  expect(wayFor('nt_fine_x', provider.ways)).toBe(0);
  expect(wayFor('nt_x', provider.ways)).toBe(1);
  expect(wayFor('x', provider.ways)).toBeNull();
});
