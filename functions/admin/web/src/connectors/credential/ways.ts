// The ways to a credential, as the API lists them, and whose a pasted token is.
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

/** A token of another vendor, or of another service of the same one. */
export interface Foreign {
  provider: Provider;
  credential: CredentialKind;
}

/** Whose token it looks like, if not this provider's. The longest beginning knows best; several may share it. */
export function foreign(token: string, provider: Provider, all: readonly Provider[]): Foreign | null {
  const found = all.flatMap((one) =>
    one.credentials.map((credential) => ({ provider: one, credential, length: longest(token, credential.begins) })),
  );
  const best = Math.max(0, ...found.map(({ length }) => length));
  const looks = found.filter(({ length }) => best > 0 && length === best);
  return looks.some((look) => look.provider.id === provider.id) ? null : (looks[0] ?? null);
}

/** The place of the way whose tokens begin so; null where nothing tells. */
export function wayFor(token: string, ways: readonly Way[]): number | null {
  const lengths = ways.map(({ begins }) => longest(token, begins));
  const best = Math.max(0, ...lengths);
  return best === 0 ? null : lengths.indexOf(best);
}

function longest(token: string, begins: readonly string[]): number {
  return Math.max(0, ...begins.filter((beginning) => token.trim().startsWith(beginning)).map(({ length }) => length));
}
