// Whether Pairmeter answers at all. One banner says so when it does not; panels do not repeat it.
import { useSyncExternalStore } from 'react';

export interface Reachability {
  isReachable: boolean;
  /** Of the latest answer, in milliseconds since 1970; null before the first. */
  answeredAt: number | null;
}

/** A proxy or gateway says these on behalf of a server that is gone. The API's own refusals are problems in JSON. */
const OF_A_GATEWAY: readonly number[] = [502, 503, 504];

let state: Reachability = { isReachable: true, answeredAt: null };
const listeners = new Set<() => void>();

function change(isReachable: boolean, now: number): void {
  const isSame = state.isReachable === isReachable;
  state = { isReachable, answeredAt: isReachable ? now : state.answeredAt };
  // The time of each answer matters only once there is a banner to show it.
  if (!isSame) listeners.forEach((listener) => listener());
}

/** Fetches, and notes whether anything answered. */
export async function noticing(request: Request | string, now = Date.now): Promise<Response> {
  try {
    const response = await fetch(request);
    change(!isOfGateway(response), now());
    return response;
  } catch (error) {
    // A request that the page itself called off says nothing.
    if (!(error instanceof DOMException && error.name === 'AbortError')) change(false, now());
    throw error;
  }
}

export function isOfGateway({ status, headers }: Pick<Response, 'status' | 'headers'>): boolean {
  return OF_A_GATEWAY.includes(status) && !(headers.get('content-type') ?? '').includes('json');
}

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};

export function useReachability(): Reachability {
  return useSyncExternalStore(subscribe, () => state);
}
