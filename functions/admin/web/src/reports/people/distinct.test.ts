import { expect, test } from 'vitest';

import { active, distinct } from './distinct';

const group = (n: number, provider: string, hasEmail: boolean) =>
  Array.from({ length: n }, (_, i) => ({ email: hasEmail ? `${i}@octo.example` : null, providers: [provider], active_days: i }));

test('people without an e-mail address may be the others', () => {
  expect(distinct([...group(125, 'cursor', true), ...group(101, 'github-copilot', false)])).toEqual({
    people: 226,
    doubles: 101,
    without: ['github-copilot'],
  });
});

test('not more can be doubles than there are others', () => {
  expect(distinct([...group(3, 'cursor', true), ...group(101, 'github-copilot', false)]).doubles).toBe(3);
  expect(distinct([...group(10, 'a', false), ...group(12, 'b', false)]).doubles).toBe(10);
});

test('within one provider, and where every person has an address, there are no doubles', () => {
  expect(distinct(group(9, 'github-copilot', false))).toEqual({ people: 9, doubles: 0, without: [] });
  expect(distinct(group(9, 'cursor', true)).doubles).toBe(0);
  expect(distinct([])).toEqual({ people: 0, doubles: 0, without: [] });
});

test('a person who was seen without activity is not active', () => {
  expect(active(group(3, 'cursor', true))).toHaveLength(2);
});
