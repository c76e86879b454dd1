import type { Account } from '../api/types';

/** How users sign in to this Pairmeter. Served as `/admin/settings.json`. */
export type SignIn =
  | { kind: 'token' }
  | { kind: 'oidc'; issuer: string; client_id: string; scope: string; bearer: 'access_token' | 'id_token' };

/** An account of the sandbox, with a credential that works and one that is refused. */
export interface Sample {
  provider: string;
  account: Account;
  accepted: Credential;
  refused: Credential;
}

/** The kind and the fields of a credential. */
type Credential = Partial<Record<string, string>>;

export interface Settings {
  sign_in: SignIn;
  /** Only with a sandbox. */
  samples?: Sample[];
}

export async function settings(): Promise<Settings> {
  const response = await fetch('/admin/settings.json');
  if (!response.ok) throw new Error(`settings.json answered ${response.status}`);
  return (await response.json()) as Settings;
}
