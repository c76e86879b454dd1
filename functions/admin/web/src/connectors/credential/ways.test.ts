import { expect, test } from 'vitest';

import type { Provider, Way } from '../../api/words';
import { about, linkFor, recognise, waysTo } from './ways';

const way = (id: string, accounts: string[], prefixes: string[]): Way => ({
  id,
  title: id,
  credential: 'token',
  accounts,
  steps: [],
  url: 'https://vendor.example/{slug}/new?name=pairmeter-{slug}',
  scopes: [],
  prefixes,
});
const provider = (id: string, ways: Way[]) =>
  ({ id, ways, credentials: [{ kind: 'key', title: 'Key', fields: [], steps: ['go'], url: 'https://x.example', scopes: [] }] }) as unknown as Provider;

const north = provider('north', [way('fine', ['organization'], ['nt_fine_']), way('old', ['organization', 'enterprise'], ['nt_'])]);
const south = provider('south', [way('admin', ['organization'], ['st-admin-'])]);

test('only ways to this kind of account are shown', () => {
  expect(waysTo(north, 'enterprise').map(({ id }) => id)).toEqual(['old']);
});

test('a provider without ways has one for each kind of credential', () => {
  expect(waysTo(provider('west', []), 'team')).toMatchObject([{ id: 'key', credential: 'key', steps: ['go'], accounts: ['team'] }]);
});

test('links and steps carry the account', () => {
  const account = { kind: 'organization', slug: ' octo&co ' };
  expect(linkFor(way('a', [], []), account)).toBe('https://vendor.example/octo%26co/new?name=pairmeter-octo%26co');
  expect(about('an owner of {slug}', account)).toBe('an owner of octo&co');
});

test('a pasted token is recognised, by its longest prefix, whoever it belongs to', () => {
  expect(recognise('nt_fine_abc', [north, south])).toMatchObject({ provider: { id: 'north' }, way: { id: 'fine' } });
  expect(recognise(' st-admin-abc', [north, south])).toMatchObject({ provider: { id: 'south' } });
  expect(recognise('unknown', [north, south])).toBeNull();
});
