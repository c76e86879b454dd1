import { afterEach, expect, test, vi } from 'vitest';

import { isOfGateway, noticing } from './reachability';

afterEach(() => vi.unstubAllGlobals());

test('a gateway without a server is not an answer of Pairmeter, a problem of its own is', () => {
  const answer = (status: number, type: string) => isOfGateway(new Response(null, { status, headers: { 'content-type': type } }));
  expect([answer(502, 'text/html'), answer(503, ''), answer(504, 'text/plain')]).toEqual([true, true, true]);
  expect([answer(503, 'application/problem+json'), answer(500, 'text/html'), answer(200, 'text/html')]).toEqual([false, false, false]);
});

test('a failure to connect is passed on', async () => {
  vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
  await expect(noticing('/v1/health')).rejects.toThrow(TypeError);
});
