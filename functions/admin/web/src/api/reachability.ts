// Tracks whether Pairmeter answers. One banner reports an outage; panels do not repeat it.
import { useSyncExternalStore } from 'react';

export interface Reachability {
  isReachable: boolean;
  /** Time of the latest answer in milliseconds since 1970; null before the first answer. */
  answeredAt: number | null;
}

/** A proxy or gateway answers with these when the server is gone. The API's own refusals are problems in JSON. */
const GATEWAY_STATUSES: readonly number[] = [502, 503, 504];

let state: Reachability = { isReachable: true, answeredAt: null };
const listeners = new Set<() => void>();

function change(isReachable: boolean, now: number): void {
  const isSame = state.isReachable === isReachable;
  state = { isReachable, answeredAt: isReachable ? now : state.answeredAt };
  // Only the banner shows the time, so a new time alone needs no update.
  if (!isSame) listeners.forEach((listener) => listener());
}

/** Fetches, and records whether the server answered. */
export async function trackedFetch(request: Request | string, now = Date.now): Promise<Response> {
  try {
    const response = await fetch(request);
    change(!isFromGateway(response), now());
    return response;
  } catch (error) {
    // A request that the page aborted says nothing about the server.
    if (!(error instanceof DOMException && error.name === 'AbortError')) change(false, now());
    throw error;
  }
}

export function isFromGateway({ status, headers }: Pick<Response, 'status' | 'headers'>): boolean {
  return GATEWAY_STATUSES.includes(status) && !(headers.get('content-type') ?? '').includes('json');
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function useReachability(): Reachability {
  return useSyncExternalStore(subscribe, () => state);
}
