import '@cloudscape-design/global-styles/index.css';

import { createRoot } from 'react-dom/client';

import { App } from './app';
import type { Session } from './session/session';
import { settings, type Settings } from './session/settings';
import { StandStill } from './session/stand-still';
import { takeFromAddress, tokenSession } from './session/token-session';
import { applyTheme } from './shell/theme';

applyTheme();

async function session({ sign_in }: Settings): Promise<Session> {
  if (sign_in.kind === 'token') {
    takeFromAddress(location, history, sessionStorage);
    return tokenSession(sessionStorage);
  }
  // The laptop needs none of it.
  const { finishSignIn, oidcSession, RETURN } = await import('./session/oidc-session');
  if (location.pathname === RETURN) {
    const wanted = await finishSignIn(sign_in);
    history.replaceState(null, '', wanted);
  }
  return oidcSession(sign_in);
}

const place = document.getElementById('app');
if (place !== null) {
  const root = createRoot(place);
  const begin = async () => {
    const said = await settings();
    root.render(<App session={await session(said)} samples={said.samples ?? []} />);
  };
  begin().catch((error: unknown) => root.render(<StandStill error={error} />));
}
