import { expect, test } from 'vitest';

import { arrival, type Trip } from './app-trip';

const trip: Trip = { state: 's1', provider: 'p', account: { kind: 'organization', slug: 'octo' } };
const back = (search: string, kept: Trip | null = trip) => arrival(new URLSearchParams(search), kept);

test('a code with our state is ours', () => {
  expect(back('code=c&state=s1')).toMatchObject({ kind: 'made', code: 'c' });
});

test.each(['code=c&state=other', 'code=c', 'state=s1', ''])('%s is not ours', (search) => {
  expect(back(search).kind).toBe('lost');
});

test('whoever never left cannot come back', () => {
  expect(back('code=c&state=s1', null).kind).toBe('lost');
});

test('after the installation the connector is known', () => {
  expect(back('installation_id=7&setup_action=install', { ...trip, connector: 'a' })).toEqual({ kind: 'installed', connector: 'a' });
  expect(back('installation_id=7').kind).toBe('lost');
});
