import { afterEach, expect, test, vi } from 'vitest';

import { isFromGateway, trackedFetch } from './reachability';

afterEach(() => vi.unstubAllGlobals());

test('a gateway error is not an answer of Pairmeter, its own problem is', () => {
  const answer = (status: number, type: string) => isFromGateway(new Response(null, { status, headers: { 'content-type': type } }));
  expect([answer(502, 'text/html'), answer(503, ''), answer(504, 'text/plain')]).toEqual([true, true, true]);
  expect([answer(503, 'application/problem+json'), answer(500, 'text/html'), answer(200, 'text/html')]).toEqual([false, false, false]);
});

test('a connection error is rethrown', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  await expect(trackedFetch('/v1/health')).rejects.toThrow(TypeError);
});
