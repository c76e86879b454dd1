import { expect, test } from 'vitest';

import type { Provider, Way } from '../../api/words';
import { about, foreign, linkFor, wayFor, waysTo } from './ways';

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
const provider = (id: string, begins: string[], ways: Way[] = []) =>
  ({
    id,
    ways,
    credentials: [{ kind: 'key', title: 'Key', fields: [], steps: ['go'], url: 'https://x.example', scopes: [], begins }],
  }) as unknown as Provider;

const north = provider('north', ['nt_'], [way('fine', ['organization'], ['nt_fine_']), way('old', ['organization', 'enterprise'], ['nt_'])]);
const south = provider('south', ['st-']);
const admins = [provider('south-billing', ['st-admin-']), provider('south-code', ['st-admin-'])] as const;
const all = [north, south, ...admins];

test('only ways to this kind of account are shown', () => {
  expect(waysTo(north, 'enterprise').map(({ id }) => id)).toEqual(['old']);
});

test('a provider without ways has one for each kind of credential', () => {
  expect(waysTo(south, 'team')).toMatchObject([{ id: 'key', credential: 'key', steps: ['go'], accounts: ['team'], begins: ['st-'] }]);
});

test('links and steps carry the account', () => {
  const account = { kind: 'organization', slug: ' octo&co ' };
  expect(linkFor(way('a', [], []), account)).toBe('https://vendor.example/octo%26co/new?name=pairmeter-octo%26co');
  expect(about('an owner of {slug}', account)).toBe('an owner of octo&co');
});

test('a token of another provider is recognised by its longest beginning', () => {
  expect(foreign('nt_x', south, all)?.provider.id).toBe('north');
  expect(foreign(' st-admin-x', north, all)?.provider.id).toBe('south-billing');
  expect(foreign('st-admin-x', south, all)?.provider.id).toBe('south-billing');
});

test('a token that may be of this provider is not called foreign', () => {
  expect(foreign('st-admin-x', admins[1], all)).toBeNull();
  expect(foreign('nt_x', north, all)).toBeNull();
  expect(foreign('who knows', north, all)).toBeNull();
});

test('a token finds its way', () => {
  expect(wayFor('nt_fine_x', north.ways)).toBe(0);
  expect(wayFor('nt_x', north.ways)).toBe(1);
  expect(wayFor('x', north.ways)).toBeNull();
});
