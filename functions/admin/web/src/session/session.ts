/** The session of a user, signed in or not. */
export interface Session {
  /** The token for API requests; null before sign-in. */
  token: () => Promise<string | null>;
  /** How to sign in: paste the printed token, or visit the issuer. */
  readonly entrance: Entrance;
  /** Ends the session after the API refused the token. */
  end: () => void;
  /** Called once when the session has ended. */
  onEnd: (listener: () => void) => void;
  /** Signs the user out. */
  signOut: () => Promise<void>;
  /** The user's name, if known. */
  person: () => Promise<string | null>;
}

export type Entrance = { kind: 'token'; enter: (token: string) => void } | { kind: 'oidc'; go: () => Promise<void> };
