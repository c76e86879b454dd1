// The ways to a credential, as the API lists them.
import type { Account, CredentialKind, Provider, Way } from '../../api/words';

/** The ways that lead to this kind of account, the one to prefer first. */
export function waysTo(provider: Provider, accountKind: string): Way[] {
  return provider.ways.filter(({ accounts }) => accounts.includes(accountKind));
}

export function credentialOf(provider: Provider, way: Way): CredentialKind | undefined {
  return provider.credentials.find(({ kind }) => kind === way.credential);
}

/** A text of the provider about this account. */
export const about = (template: string, account: Account): string => template.replaceAll('{slug}', account.slug.trim());

/** A link to the provider with the account in it. */
export const linkFor = (way: Way, account: Account): string => way.url.replaceAll('{slug}', encodeURIComponent(account.slug.trim()));

/** The place of the way whose tokens begin so; null where nothing tells. */
export function wayFor(token: string, ways: readonly Way[]): number | null {
  const lengths = ways.map(({ begins }) => longest(token, begins));
  const best = Math.max(0, ...lengths);
  return best === 0 ? null : lengths.indexOf(best);
}

function longest(token: string, begins: readonly string[]): number {
  return Math.max(0, ...begins.filter((beginning) => token.trim().startsWith(beginning)).map(({ length }) => length));
}
