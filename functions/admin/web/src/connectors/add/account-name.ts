// Checks the name of an account before any request to a provider.
import type { Account, Connector, Provider } from '../../api/types';
import { text } from '../../strings';

/** Path segments before the name, e.g. `orgs` in `host/orgs/acme`. */
const BEFORE_NAMES: readonly string[] = ['orgs', 'org', 'organizations', 'organization', 'enterprises', 'settings', 'users'];
const MAX_LENGTH = 100;

/** The name in a pasted address; null if the text is not an address or has no name. */
export function nameInAddress(pasted: string): string | null {
  const address = /^(?:https?:\/\/)?[\w-]+(?:\.[\w-]+)+\/([^?#]*)/i.exec(pasted.trim());
  const parts = (address?.[1] ?? '').split('/').filter((part) => part !== '');
  return parts.find((part) => !BEFORE_NAMES.includes(part.toLowerCase())) ?? null;
}

/** The fault of a name; null for a valid name. */
export function nameError(name: string): string | null {
  const trimmed = name.trim();
  if (trimmed === '') return text.add.slugMissing;
  if (trimmed.includes('/')) return text.add.slugIsAddress;
  if (!/^[\w.-]+$/.test(trimmed) || /^\.+$/.test(trimmed)) return text.add.slugCharacters;
  return trimmed.length > MAX_LENGTH ? text.add.slugTooLong(MAX_LENGTH) : null;
}

/** The existing connector of this account. One name at two hosts means two accounts. */
export function connectorOf(
  { account, apiUrl }: { account: Account; apiUrl: string },
  provider: Pick<Provider, 'id' | 'api_url'>,
  all: readonly Connector[],
): Connector | undefined {
  const host = (url: string | null | undefined) => ((url ?? '') === '' ? provider.api_url : (url ?? '')).replace(/\/+$/, '').toLowerCase();
  return all.find(
    (connector) =>
      connector.provider === provider.id &&
      connector.account.kind === account.kind &&
      connector.account.slug.toLowerCase() === account.slug.trim().toLowerCase() &&
      host(connector.api_url) === host(apiUrl.trim()),
  );
}
