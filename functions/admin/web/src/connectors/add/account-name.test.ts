import { expect, test } from 'vitest';

import type { Connector } from '../../api/types';
import { text } from '../../strings';
import { connectorOf, nameError, nameInAddress } from './account-name';

test.each([
  ['https://github.com/acme', 'acme'],
  ['https://github.com/acme/', 'acme'],
  ['github.com/orgs/acme/people?query=x', 'acme'],
  ['https://github.com/enterprises/big-acme', 'big-acme'],
  ['https://github.com/organizations/acme/settings/copilot', 'acme'],
  ['https://github.com/', null],
  ['https://github.com/settings/organizations', null],
  ['acme', null],
  ['acme/repository', null],
])('the name in %s is %s', (pasted, name) => {
  expect(nameInAddress(pasted)).toBe(name);
});

test('a name is checked before any request', () => {
  expect(['acme', ' acme_1.x-y '].map(nameError)).toEqual([null, null]);
  expect(['', 'acme corp!', '..', 'https://github.com/', 'ä'].map(nameError)).toEqual([
    text.add.slugMissing,
    text.add.slugCharacters,
    text.add.slugCharacters,
    text.add.slugIsAddress,
    text.add.slugCharacters,
  ]);
  expect([nameError('a'.repeat(100)), nameError('a'.repeat(101))]).toEqual([null, text.add.slugTooLong(100)]);
});

test('an account is connected once per host, in any spelling', () => {
  const known = [{ id: 'a', provider: 'p', account: { kind: 'organization', slug: 'Octo' }, api_url: null } as Connector];
  const provider = { id: 'p', api_url: 'https://api.example' };
  const found = (slug: string, apiUrl = '', kind = 'organization') => connectorOf({ account: { kind, slug }, apiUrl }, provider, known)?.id;
  expect([found(' octo '), found('octo', 'https://api.example/')]).toEqual(['a', 'a']);
  expect([found('octo', 'https://api.octo.ghe.com'), found('octo', '', 'enterprise'), found('octo-2')]).toEqual([undefined, undefined, undefined]);
});
