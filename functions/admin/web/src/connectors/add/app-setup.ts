// State that is kept while the browser is at the provider. It contains no secret.
import type { Account } from '../../api/types';

export interface AppSetup {
  /** The provider must return this value. A code with another state belongs to another setup. */
  state: string;
  provider: string;
  account: Account;
  api_url?: string;
  /** The connector that waits for the installation of the created app. */
  connector?: string;
}

const KEPT_AS = 'pairmeter.app';

/** The page that the provider redirects to. */
export const RETURN = '/connectors/new/app';
export const returnUrl = () => location.origin + RETURN;

export function storeSetup(setup: AppSetup): void {
  sessionStorage.setItem(KEPT_AS, JSON.stringify(setup));
}

export function storedSetup(): AppSetup | null {
  const kept = sessionStorage.getItem(KEPT_AS);
  return kept === null ? null : (JSON.parse(kept) as AppSetup);
}

export type AppReturn =
  | { kind: 'made'; code: string; setup: AppSetup }
  | { kind: 'installed'; connector: string }
  | { kind: 'lost' };

/** What the provider returned. */
export function readReturn(search: URLSearchParams, setup: AppSetup | null): AppReturn {
  const code = search.get('code');
  if (setup !== null && code !== null && search.get('state') === setup.state) return { kind: 'made', code, setup };
  if (setup?.connector !== undefined && search.has('installation_id')) return { kind: 'installed', connector: setup.connector };
  return { kind: 'lost' };
}
