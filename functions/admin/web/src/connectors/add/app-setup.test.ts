import { expect, test } from 'vitest';

import { readReturn, type AppSetup } from './app-setup';

const setup: AppSetup = { state: 's1', provider: 'p', account: { kind: 'organization', slug: 'octo' } };
const back = (search: string, kept: AppSetup | null = setup) => readReturn(new URLSearchParams(search), kept);

test('a code with the stored state is accepted', () => {
  expect(back('code=c&state=s1')).toMatchObject({ kind: 'made', code: 'c' });
});

test.each(['code=c&state=other', 'code=c', 'state=s1', ''])('%s is not accepted', (search) => {
  expect(back(search).kind).toBe('lost');
});

test('a return without a stored setup is not accepted', () => {
  expect(back('code=c&state=s1', null).kind).toBe('lost');
});

test('after the installation the connector is known', () => {
  expect(back('installation_id=7&setup_action=install', { ...setup, connector: 'a' })).toEqual({ kind: 'installed', connector: 'a' });
  expect(back('installation_id=7').kind).toBe('lost');
});
