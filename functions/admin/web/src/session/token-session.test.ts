import { beforeEach, expect, test, vi } from 'vitest';

import { takeFromAddress, tokenSession } from './token-session';

class Shelf implements Storage {
  private readonly kept = new Map<string, string>();
  get length() {
    return this.kept.size;
  }
  clear = () => this.kept.clear();
  getItem = (key: string) => this.kept.get(key) ?? null;
  key = (index: number) => [...this.kept.keys()][index] ?? null;
  removeItem = (key: string) => void this.kept.delete(key);
  setItem = (key: string, value: string) => void this.kept.set(key, value);
}

let shelf: Shelf;
const replaceState = vi.fn();
const history = { replaceState } as unknown as History;
const at = (pathname: string, search: string, hash: string) => ({ pathname, search, hash }) as Location;

beforeEach(() => {
  shelf = new Shelf();
  replaceState.mockClear();
});

test('the token leaves the address and is kept for this tab', async () => {
  takeFromAddress(at('/connectors', '?a=1', '#token=abc%2Fdef'), history, shelf);
  expect(replaceState).toHaveBeenCalledWith(null, '', '/connectors?a=1');
  expect(await tokenSession(shelf).token()).toBe('abc/def');
});

test('an address without a token changes nothing', async () => {
  takeFromAddress(at('/', '', '#elsewhere'), history, shelf);
  expect(replaceState).not.toHaveBeenCalled();
  expect(await tokenSession(shelf).token()).toBeNull();
});

test('a refused token is removed and the listener is called', async () => {
  const session = tokenSession(shelf);
  const ended = vi.fn();
  session.onEnd(ended);
  if (session.entrance.kind === 'token') session.entrance.enter(' secret ');
  expect(await session.token()).toBe('secret');
  session.end();
  expect(await session.token()).toBeNull();
  expect(ended).toHaveBeenCalledOnce();
});
