import { expect, test } from 'vitest';

import type { Connector, FreshnessRow } from '../api/words';
import { emptiness } from './empty-state';

const connector = (more: Partial<Connector> = {}) =>
  ({ id: 'a', provider: 'p', name: 'Octo', state: 'active', last_poll: { at: '', outcome: 'ok' }, ...more }) as Connector;
const fresh = (latest_day: string | null) => ({ connector: 'a', provider: 'p', latest_day }) as FreshnessRow;
const filters = { from: '2026-10-24', connector: null, provider: null };

test('nothing connected comes before everything else', () => {
  expect(emptiness(filters, [], []).kind).toBe('nothing-connected');
});

test('a first poll under way is not a failure', () => {
  expect(emptiness(filters, [connector({ last_poll: null })], [fresh(null)]).kind).toBe('first-poll');
});

test('an owner who must act is told so before anything milder', () => {
  const known = [connector({ id: 'b', last_poll: null }), connector({ state: 'owner_must_act' })];
  expect(emptiness(filters, known, [fresh(null)])).toMatchObject({ kind: 'must-act', connector: { id: 'a' } });
});

test('data of other days is said with its last day', () => {
  expect(emptiness(filters, [connector()], [fresh('2026-09-30')])).toEqual({ kind: 'other-days', latest: '2026-09-30' });
});

test('data of these days without this number: the provider cannot say', () => {
  expect(emptiness(filters, [connector()], [fresh('2026-11-20')]).kind).toBe('cannot-say');
});

test('a connector that is not meant does not explain anything', () => {
  const known = [connector({ id: 'b', state: 'failing' }), connector({ state: 'paused' })];
  expect(emptiness({ ...filters, connector: 'a' }, known, [fresh(null)]).kind).toBe('paused');
});
