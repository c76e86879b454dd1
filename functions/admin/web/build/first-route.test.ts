import { expect, test } from 'vitest';

import { closure } from './first-route.ts';

test('the first view has each import once, also with cycles', () => {
  const imports: Record<string, string[]> = { main: ['app', 'react'], app: ['react', 'page'], page: ['app'], later: ['react'] };
  expect([...closure(['main'], (id) => imports[id] ?? [])].sort()).toEqual(['app', 'main', 'page', 'react']);
});
