// The state of a panel's query. A failed request never looks like an empty answer.

/** One query, or several combined. */
export interface PanelQuery {
  /** Undefined until there is an answer. */
  data: unknown;
  error: unknown;
  isFetching: boolean;
  refetch: () => unknown;
}

/** `stale`: there is an earlier answer, and the refresh failed. */
export type PanelState = 'loading' | 'failed' | 'stale' | 'ready';

export function stateOf({ data, error }: Pick<PanelQuery, 'data' | 'error'>): PanelState {
  if (data === undefined) return error === null ? 'loading' : 'failed';
  return error === null ? 'ready' : 'stale';
}

/** Combines queries: ready when all are ready, failed when one has failed. */
export function combine(...queries: PanelQuery[]): PanelQuery {
  const failed = queries.filter(({ error }) => error !== null);
  return {
    data: queries.every(({ data }) => data !== undefined) ? queries : undefined,
    error: failed[0]?.error ?? null,
    isFetching: queries.some(({ isFetching }) => isFetching),
    refetch: () => failed.forEach(({ refetch }) => void refetch()),
  };
}
