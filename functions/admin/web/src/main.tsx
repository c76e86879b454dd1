import '@cloudscape-design/global-styles/index.css';

import { createRoot } from 'react-dom/client';

import { App } from './app';
import type { Session } from './session/session';
import { settings, type Settings } from './session/settings';
import { StartFailure } from './session/start-failure';
import { takeFromAddress, tokenSession } from './session/token-session';
import { applyTheme } from './shell/theme';

applyTheme();

async function session({ sign_in }: Settings): Promise<Session> {
  if (sign_in.kind === 'token') {
    takeFromAddress(location, history, sessionStorage);
    return tokenSession(sessionStorage);
  }
  // Loaded only for OpenID Connect: a local Pairmeter does not need it.
  const { finishSignIn, oidcSession, RETURN } = await import('./session/oidc-session');
  if (location.pathname === RETURN) {
    const path = await finishSignIn(sign_in);
    history.replaceState(null, '', path);
  }
  return oidcSession(sign_in);
}

const container = document.getElementById('app');
if (container !== null) {
  const root = createRoot(container);
  const start = async () => {
    const loaded = await settings();
    root.render(<App session={await session(loaded)} samples={loaded.samples ?? []} />);
  };
  start().catch((error: unknown) => root.render(<StartFailure error={error} />));
}
