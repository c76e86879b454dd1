import { expect, test } from 'vitest';

import type { Connector, FreshnessRow } from '../api/types';
import { emptiness } from './empty-state';

const connector = (more: Partial<Connector> = {}) =>
  ({ id: 'a', provider: 'p', name: 'Octo', state: 'active', last_poll: { at: '', outcome: 'ok' }, ...more }) as Connector;
const fresh = (latest_day: string | null) => ({ connector: 'a', provider: 'p', latest_day }) as FreshnessRow;
const filters = { from: '2026-10-24', connector: null, provider: null };

test('a missing connector is the first explanation', () => {
  expect(emptiness(filters, [], []).kind).toBe('nothing-connected');
});

test('a first poll in progress is not a failure', () => {
  expect(emptiness(filters, [connector({ last_poll: null })], [fresh(null)]).kind).toBe('first-poll');
});

test('an action of the owner is explained before milder states', () => {
  const known = [connector({ id: 'b', last_poll: null }), connector({ state: 'owner_must_act' })];
  expect(emptiness(filters, known, [fresh(null)])).toMatchObject({ kind: 'must-act', connector: { id: 'a' } });
});

test('data of other days is explained with its last day', () => {
  expect(emptiness(filters, [connector()], [fresh('2026-09-30')])).toEqual({ kind: 'other-days', latest: '2026-09-30' });
});

test('days without this metric mean that the provider does not report it', () => {
  expect(emptiness(filters, [connector()], [fresh('2026-11-20')]).kind).toBe('not-reported');
});

test('a connector outside the filters explains nothing', () => {
  const known = [connector({ id: 'b', state: 'failing' }), connector({ state: 'paused' })];
  expect(emptiness({ ...filters, connector: 'a' }, known, [fresh(null)]).kind).toBe('paused');
});
