import { expect, test } from 'vitest';

import type { IdentityRow } from '../api/types';
import { nameOf, pairsOf } from './pairs';

const ref = (id: string) => ({ id, provider: 'cursor', subject: id, name: null, email: null });
const row = (id: string, others: string[]): IdentityRow => ({
  ...ref(id),
  connectors: [],
  first_seen: '2026-11-01',
  person: { id, name: null, email: null },
  links: [],
  kept_apart: [],
  suggestions: others.map((other) => ({ identity: ref(other), person: { id: other, name: null, email: null }, reason: 'same_name' })),
});

test('a suggestion in both rows is one pair', () => {
  const pairs = pairsOf([row('a', ['b', 'c']), row('b', ['a']), row('c', ['a'])]);
  expect(pairs.map(({ key }) => key)).toEqual(['a b', 'a c']);
});

test('a suggestion with its other row on another page is a pair', () => {
  expect(pairsOf([row('b', ['a'])]).map(({ one }) => one.id)).toEqual(['b']);
});

test('an identity without a name is shown by its address, else by its id', () => {
  expect(nameOf({ name: null, email: 'a@x.example', subject: '7' })).toBe('a@x.example');
  expect(nameOf({ name: null, email: null, subject: '7' })).toBe('7');
});
