import { expect, test } from 'vitest';

import type { IdentityLink, IdentityOfPerson } from '../../api/types';
import { reasons } from './reasons';

const identity = (id: string): IdentityOfPerson => ({ id, provider: 'p', connectors: [], subject: id, name: null, email: null, first_seen: '2026-11-01' });
const link = (one: string, other: string, reason: IdentityLink['reason'] = 'same_email'): IdentityLink => ({ one, other, reason, detail: null });
const brief = (found: ReturnType<typeof reasons>) => [...found].map(([id, { link: { reason }, other }]) => `${id} is ${other.id}: ${reason}`);

test('each identity has a link towards the first one, in either direction', () => {
  const links = [link('c', 'b', 'mapped'), link('b', 'a', 'same_email'), link('a', 'd', 'confirmed')];
  expect(brief(reasons(['a', 'b', 'c', 'd'].map(identity), links))).toEqual(['b is a: same_email', 'd is a: confirmed', 'c is b: mapped']);
});

test('an identity without a link has no reason', () => {
  expect(brief(reasons(['a', 'b'].map(identity), [link('b', 'x')]))).toEqual([]);
  expect(brief(reasons([], []))).toEqual([]);
});
