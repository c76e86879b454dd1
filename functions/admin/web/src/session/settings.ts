/** How this Pairmeter lets people in, as it says itself. */
export type SignIn =
  | { kind: 'token' }
  | { kind: 'oidc'; issuer: string; client_id: string; scope: string; bearer: 'access_token' | 'id_token' };

export async function signIn(): Promise<SignIn> {
  const response = await fetch('/admin/settings.json');
  if (!response.ok) throw new Error(`settings.json answered ${response.status}`);
  const settings = (await response.json()) as { sign_in: SignIn };
  return settings.sign_in;
}
