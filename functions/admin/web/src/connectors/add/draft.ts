// What is filled in so far. It is kept in memory only: a token is not stored before it is saved.
import type { Account, Connector, Provider, Way } from '../../api/words';
import { credentialBody } from '../credential/check-values';
import type { Values } from '../credential/credential-fields';
import { credentialOf, waysTo } from '../credential/ways';
import { connectorOf, nameError } from './account-name';

export interface Draft {
  provider: string;
  account: Account;
  /** Place among the ways to this kind of account. */
  way: number;
  values: Values;
  name: string;
  apiUrl: string;
}

export function emptyDraft(provider: Provider | undefined): Draft {
  return {
    provider: provider?.id ?? '',
    account: { kind: provider?.accounts[0]?.kind ?? '', slug: '' },
    way: 0,
    values: {},
    name: '',
    apiUrl: '',
  };
}

export function wayOf(draft: Draft, provider: Provider): Way | undefined {
  const ways = waysTo(provider, draft.account.kind);
  return ways[draft.way] ?? ways[0];
}

/** What a step shows and changes. */
export interface StepProps {
  draft: Draft;
  provider: Provider;
  onChange: (draft: Draft) => void;
}

/** Whether a provider may be asked about the account: it has a name, and no connector yet. */
export function isAccountReady(draft: Draft, provider: Provider | undefined, connectors: readonly Connector[]): boolean {
  return provider !== undefined && nameError(draft.account.slug) === null && connectorOf(draft, provider, connectors) === undefined;
}

/** The connection as the API takes it. */
export function connection(draft: Draft, provider: Provider) {
  const way = wayOf(draft, provider);
  const credential = way === undefined ? undefined : credentialOf(provider, way);
  return {
    provider: draft.provider,
    account: { kind: draft.account.kind, slug: draft.account.slug.trim() },
    credential: (credential === undefined ? {} : credentialBody(credential, draft.values)) as Record<string, never>,
    ...(draft.apiUrl.trim() !== '' && { api_url: draft.apiUrl.trim() }),
  };
}
