import type { Session } from './session';

const KEPT_AS = 'pairmeter.token';

/** Takes the token out of the printed link at once, so that no history entry and no screenshot contains it. */
export function takeFromAddress(address: Location, history: History, store: Storage): void {
  const fragment = new URLSearchParams(address.hash.slice(1));
  const token = fragment.get('token');
  if (token === null) return;
  store.setItem(KEPT_AS, token);
  history.replaceState(null, '', address.pathname + address.search);
}

/** A session with the token that `pairmeter serve` prints. It lasts as long as the browser tab. */
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
