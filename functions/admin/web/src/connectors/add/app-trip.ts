// What must be remembered while the browser is away at the provider. None of it is secret.
import type { Account } from '../../api/words';

export interface Trip {
  /** What the provider must send back: a code with another state is somebody else's. */
  state: string;
  provider: string;
  account: Account;
  api_url?: string;
  /** Once the app was made: the connector that waits for its installation. */
  connector?: string;
}

const KEPT_AS = 'pairmeter.app';

/** The page that the browser comes back to. */
export const RETURN = '/connectors/new/app';
export const returnUrl = () => location.origin + RETURN;

export function keepTrip(trip: Trip): void {
  sessionStorage.setItem(KEPT_AS, JSON.stringify(trip));
}

export function keptTrip(): Trip | null {
  const kept = sessionStorage.getItem(KEPT_AS);
  return kept === null ? null : (JSON.parse(kept) as Trip);
}

export type Arrival =
  | { kind: 'made'; code: string; trip: Trip }
  | { kind: 'installed'; connector: string }
  | { kind: 'lost' };

/** What the browser came back with. */
export function arrival(search: URLSearchParams, trip: Trip | null): Arrival {
  const code = search.get('code');
  if (trip !== null && code !== null && search.get('state') === trip.state) return { kind: 'made', code, trip };
  if (trip?.connector !== undefined && search.has('installation_id')) return { kind: 'installed', connector: trip.connector };
  return { kind: 'lost' };
}
