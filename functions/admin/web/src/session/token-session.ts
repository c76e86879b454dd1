import type { Session } from './session';

const KEPT_AS = 'pairmeter.token';

/** The printed link's token. It leaves the address at once, so that it ends in no history and no screenshot. */
export function takeFromAddress(address: Location, history: History, store: Storage): void {
  const fragment = new URLSearchParams(address.hash.slice(1));
  const token = fragment.get('token');
  if (token === null) return;
  store.setItem(KEPT_AS, token);
  history.replaceState(null, '', address.pathname + address.search);
}

/** A session on the token that the single process prints; it lasts as long as the browser's tab. */
export function tokenSession(store: Storage): Session {
  let ended: () => void = () => undefined;
  const end = () => {
    store.removeItem(KEPT_AS);
    ended();
  };
  return {
    token: () => Promise.resolve(store.getItem(KEPT_AS)),
    entrance: { kind: 'token', enter: (token) => store.setItem(KEPT_AS, token.trim()) },
    end,
    onEnd: (listener) => {
      ended = listener;
    },
    signOut: () => {
      end();
      return Promise.resolve();
    },
    person: () => Promise.resolve(null),
  };
}
