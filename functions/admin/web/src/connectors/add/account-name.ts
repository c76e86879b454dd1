// The name of an account, checked before any provider is asked.
import type { Account, Connector, Provider } from '../../api/words';
import { text } from '../../strings';

/** Parts of an address that stand before the name, e.g. `github.com/orgs/acme`. */
const BEFORE_NAMES: readonly string[] = ['orgs', 'org', 'organizations', 'organization', 'enterprises', 'settings', 'users'];
const MAX_LENGTH = 100;

/** The name in a pasted address; null where the text is no address, or has no name in it. */
export function nameInAddress(pasted: string): string | null {
  const address = /^(?:https?:\/\/)?[\w-]+(?:\.[\w-]+)+\/([^?#]*)/i.exec(pasted.trim());
  const parts = (address?.[1] ?? '').split('/').filter((part) => part !== '');
  return parts.find((part) => !BEFORE_NAMES.includes(part.toLowerCase())) ?? null;
}

/** What is wrong with a name; null where the provider may be asked about it. */
export function nameError(name: string): string | null {
  const trimmed = name.trim();
  if (trimmed === '') return text.add.slugMissing;
  if (trimmed.includes('/')) return text.add.slugIsAddress;
  if (!/^[\w.-]+$/.test(trimmed) || /^\.+$/.test(trimmed)) return text.add.slugCharacters;
  return trimmed.length > MAX_LENGTH ? text.add.slugTooLong(MAX_LENGTH) : null;
}

/** The connector that has this account already. One name at two hosts is two accounts. */
export function connectorOf(
  { account, apiUrl }: { account: Account; apiUrl: string },
  provider: Pick<Provider, 'id' | 'api_url'>,
  all: readonly Connector[],
): Connector | undefined {
  const host = (url: string | null | undefined) => ((url ?? '') === '' ? provider.api_url : (url ?? '')).replace(/\/+$/, '').toLowerCase();
  return all.find(
    (known) =>
      known.provider === provider.id &&
      known.account.kind === account.kind &&
      known.account.slug.toLowerCase() === account.slug.trim().toLowerCase() &&
      host(known.api_url) === host(apiUrl.trim()),
  );
}
