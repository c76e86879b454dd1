import type { Account } from '../api/words';

/** How this Pairmeter lets people in, as it says itself. */
export type SignIn =
  | { kind: 'token' }
  | { kind: 'oidc'; issuer: string; client_id: string; scope: string; bearer: 'access_token' | 'id_token' };

/** An account that the sandbox plays, what opens it, and what is refused. */
export interface Sample {
  provider: string;
  account: Account;
  accepted: Credential;
  refused: Credential;
}

/** Kind and fields. */
type Credential = Partial<Record<string, string>>;

export interface Settings {
  sign_in: SignIn;
  /** Only where a sandbox stands in for the providers. */
  samples?: Sample[];
}

export async function settings(): Promise<Settings> {
  const response = await fetch('/admin/settings.json');
  if (!response.ok) throw new Error(`settings.json answered ${response.status}`);
  return (await response.json()) as Settings;
}
