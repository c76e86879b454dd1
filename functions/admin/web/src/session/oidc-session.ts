import { type User, UserManager, WebStorageStateStore } from 'oidc-client-ts';

import type { Session } from './session';
import type { SignIn } from './settings';

type Oidc = Extract<SignIn, { kind: 'oidc' }>;

/** The path that the issuer redirects to. */
export const RETURN = '/signed-in';

const COGNITO = 'https://cognito-idp.';

/**
 * The sign-out URL of Cognito; null for other issuers. Cognito does not support the parameters of
 * OpenID Connect RP-Initiated Logout: https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
 */
export function cognitoSignOut(settings: Pick<Oidc, 'issuer' | 'client_id'>, endSession: string, home: string): string | null {
  if (!settings.issuer.startsWith(COGNITO)) return null;
  const address = new URL(endSession);
  address.searchParams.set('client_id', settings.client_id);
  // Must equal one of the client's LogoutURLs exactly.
  address.searchParams.set('logout_uri', home);
  return address.href;
}

/** A session at an OpenID provider, by code flow with PKCE. Tokens stay in this tab. Renewal uses no frame. */
export function oidcSession(settings: Oidc): Session {
  const store = new WebStorageStateStore({ store: sessionStorage });
  const home = `${location.origin}/`;
  const manager = new UserManager({
    authority: settings.issuer,
    client_id: settings.client_id,
    scope: settings.scope,
    redirect_uri: location.origin + RETURN,
    post_logout_redirect_uri: home,
    response_type: 'code',
    userStore: store,
    stateStore: store,
    // Renewal needs a refresh token. Without one the user visits the issuer again.
    automaticSilentRenew: false,
  });
  let ended: () => void = () => undefined;
  let renewal: Promise<User | null> | null = null;

  const current = async (): Promise<User | null> => {
    const user = await manager.getUser();
    if (user?.expired !== true) return user;
    if (user.refresh_token === undefined) return null;
    // Concurrent requests share one renewal.
    renewal ??= manager
      .signinSilent()
      .catch(() => null)
      .finally(() => {
        renewal = null;
      });
    return renewal;
  };

  return {
    token: async () => {
      const user = await current();
      return (settings.bearer === 'id_token' ? user?.id_token : user?.access_token) ?? null;
    },
    entrance: {
      kind: 'oidc',
      go: () => manager.signinRedirect({ state: location.pathname + location.search }),
    },
    end: () => {
      void manager.removeUser().then(ended);
    },
    onEnd: (listener) => {
      ended = listener;
    },
    signOut: async () => {
      const { end_session_endpoint } = (await manager.metadataService.getMetadata()) as { end_session_endpoint?: string };
      const cognito = end_session_endpoint === undefined ? null : cognitoSignOut(settings, end_session_endpoint, home);
      if (end_session_endpoint !== undefined && cognito === null) return manager.signoutRedirect();
      await manager.removeUser();
      if (cognito === null) ended();
      else location.assign(cognito);
    },
    person: async () => {
      const profile = (await manager.getUser())?.profile;
      return profile?.email ?? profile?.preferred_username ?? profile?.sub ?? null;
    },
  };
}

/** Exchanges the code after sign-in. Returns the page that the user requested. */
export async function finishSignIn(settings: Oidc): Promise<string> {
  const manager = new UserManager({
    authority: settings.issuer,
    client_id: settings.client_id,
    redirect_uri: location.origin + RETURN,
    userStore: new WebStorageStateStore({ store: sessionStorage }),
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
  });
  const user = await manager.signinCallback();
  return typeof user?.state === 'string' && user.state.startsWith('/') && !user.state.startsWith('//') ? user.state : '/';
}
