// The ways to a credential, as the API lists them, and whose a pasted token is.
import type { Account, CredentialKind, Provider, Way } from '../../api/words';

/** The ways that lead to this kind of account; a provider that names none has one for each kind of credential. */
export function waysTo(provider: Provider, accountKind: string): Way[] {
  if (provider.ways.length > 0) return provider.ways.filter(({ accounts }) => accounts.includes(accountKind));
  return provider.credentials.map(({ kind, title, steps, url, scopes }) => ({
    id: kind,
    title,
    credential: kind,
    accounts: [accountKind],
    steps,
    url,
    scopes,
    prefixes: [],
  }));
}

export function credentialOf(provider: Provider, way: Way): CredentialKind | undefined {
  return provider.credentials.find(({ kind }) => kind === way.credential);
}

/** A text of the provider about this account. */
export const about = (template: string, account: Account): string => template.replaceAll('{slug}', account.slug.trim());

/** A link to the provider with the account in it. */
export const linkFor = (way: Way, account: Account): string => way.url.replaceAll('{slug}', encodeURIComponent(account.slug.trim()));

export interface Recognised {
  provider: Provider;
  way: Way;
}

/** Whose token it is, as its first letters tell; the longest prefix knows best. */
export function recognise(token: string, providers: readonly Provider[]): Recognised | null {
  let best: (Recognised & { length: number }) | null = null;
  for (const provider of providers) {
    for (const way of provider.ways) {
      for (const prefix of way.prefixes) {
        if (token.trim().startsWith(prefix) && prefix.length > (best?.length ?? 0)) best = { provider, way, length: prefix.length };
      }
    }
  }
  return best;
}
