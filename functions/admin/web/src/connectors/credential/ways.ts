// The ways to get a credential, as the API lists them.
import type { Account, CredentialKind, Provider, Way } from '../../api/types';

/** The ways for a kind of account, the recommended one first. */
export function waysTo(provider: Provider, accountKind: string): Way[] {
  return provider.ways.filter(({ accounts }) => accounts.includes(accountKind));
}

export function credentialOf(provider: Provider, way: Way): CredentialKind | undefined {
  return provider.credentials.find(({ kind }) => kind === way.credential);
}

/** Fills the account into a text of the provider. */
export const about = (template: string, account: Account): string => template.replaceAll('{slug}', account.slug.trim());

/** Fills the account into a link to the provider. */
export const linkFor = (way: Way, account: Account): string => way.url.replaceAll('{slug}', encodeURIComponent(account.slug.trim()));

/** The index of the way whose tokens have this prefix; null if none has. */
export function wayFor(token: string, ways: readonly Way[]): number | null {
  const lengths = ways.map(({ begins }) => longest(token, begins));
  const best = Math.max(0, ...lengths);
  return best === 0 ? null : lengths.indexOf(best);
}

function longest(token: string, begins: readonly string[]): number {
  return Math.max(0, ...begins.filter((beginning) => token.trim().startsWith(beginning)).map(({ length }) => length));
}
