import { expect, test } from 'vitest';

import { closure } from './first-route.ts';

test('the first view has what it imports, each once, also in a circle', () => {
  const imports: Record<string, string[]> = { main: ['app', 'react'], app: ['react', 'page'], page: ['app'], later: ['react'] };
  expect([...closure(['main'], (id) => imports[id] ?? [])].sort()).toEqual(['app', 'main', 'page', 'react']);
});
