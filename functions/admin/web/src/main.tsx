import '@cloudscape-design/global-styles/index.css';

import { createRoot } from 'react-dom/client';

import { App } from './app';
import type { Session } from './session/session';
import { signIn } from './session/settings';
import { StandStill } from './session/stand-still';
import { takeFromAddress, tokenSession } from './session/token-session';
import { applyTheme } from './shell/theme';

applyTheme();

async function session(): Promise<Session> {
  const settings = await signIn();
  if (settings.kind === 'token') {
    takeFromAddress(location, history, sessionStorage);
    return tokenSession(sessionStorage);
  }
  // The laptop needs none of it.
  const { finishSignIn, oidcSession, RETURN } = await import('./session/oidc-session');
  if (location.pathname === RETURN) {
    const wanted = await finishSignIn(settings);
    history.replaceState(null, '', wanted);
  }
  return oidcSession(settings);
}

const place = document.getElementById('app');
if (place !== null) {
  const root = createRoot(place);
  session().then(
    (session) => root.render(<App session={session} />),
    (error: unknown) => root.render(<StandStill error={error} />),
  );
}
