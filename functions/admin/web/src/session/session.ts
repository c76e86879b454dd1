/** Whoever is signed in, or nobody yet. */
export interface Session {
  /** The token to ask the API with; null when somebody must sign in first. */
  token: () => Promise<string | null>;
  /** Where one signs in: by pasting the printed token, or at the issuer. */
  readonly entrance: Entrance;
  /** The API refused the token: whoever comes next must sign in anew. */
  end: () => void;
  /** Called once when the session has ended. */
  onEnd: (listener: () => void) => void;
  /** Somebody wants to leave. */
  signOut: () => Promise<void>;
  /** Who it is, where that is known. */
  person: () => Promise<string | null>;
}

export type Entrance = { kind: 'token'; enter: (token: string) => void } | { kind: 'oidc'; go: () => Promise<void> };
