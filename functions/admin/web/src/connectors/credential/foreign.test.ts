import { expect, test } from 'vitest';

import type { Provider, Recognised } from '../../api/types';
import { foreign } from './foreign';

const look = (provider: string, credential: string | null): Recognised => ({ provider, name: provider, credential, what: '', url: '' });
const provider = (id: string) => ({ id }) as Provider;

test('a key that fits the chosen provider is not foreign', () => {
  const shared = [look('billing', 'key'), look('code', 'key')];
  expect(foreign(shared, provider('code'))).toBeNull();
  expect(foreign(shared, provider('other'))?.provider).toBe('billing');
  expect(foreign([], provider('other'))).toBeNull();
});

test('a key of this provider without access to usage is foreign', () => {
  expect(foreign([look('code', null)], provider('code'))?.credential).toBeNull();
});
