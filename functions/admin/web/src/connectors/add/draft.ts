// The values of the wizard. They stay in memory only: a token is not stored before it is saved.
import type { Account, Connector, Provider, Way } from '../../api/types';
import { credentialBody } from '../credential/check-values';
import type { Values } from '../credential/credential-fields';
import { credentialOf, waysTo } from '../credential/ways';
import { connectorOf, nameError } from './account-name';

export interface Draft {
  provider: string;
  account: Account;
  /** Index among the ways for this kind of account. */
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

/** The properties of a step. */
export interface StepProps {
  draft: Draft;
  provider: Provider;
  onChange: (draft: Draft) => void;
}

/** Whether the account can be verified: it has a valid name and no connector yet. */
export function isAccountReady(draft: Draft, provider: Provider | undefined, connectors: readonly Connector[]): boolean {
  return provider !== undefined && nameError(draft.account.slug) === null && connectorOf(draft, provider, connectors) === undefined;
}

/** The connection as the API expects it. */
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
