// The state of what a panel asks. A failed request never looks like an empty answer.

/** A query, or several that are shown together. */
export interface PanelQuery {
  /** Undefined until there is an answer. */
  data: unknown;
  error: unknown;
  isFetching: boolean;
  refetch: () => unknown;
}

/** `old`: there is an answer, and asking again has failed. */
export type PanelState = 'loading' | 'failed' | 'old' | 'ready';

export function stateOf({ data, error }: Pick<PanelQuery, 'data' | 'error'>): PanelState {
  if (data === undefined) return error === null ? 'loading' : 'failed';
  return error === null ? 'ready' : 'old';
}

/** Several queries as one: it is there once all are, and has failed when one has. */
export function together(...queries: PanelQuery[]): PanelQuery {
  const failed = queries.filter(({ error }) => error !== null);
  return {
    data: queries.every(({ data }) => data !== undefined) ? queries : undefined,
    error: failed[0]?.error ?? null,
    isFetching: queries.some(({ isFetching }) => isFetching),
    refetch: () => failed.forEach(({ refetch }) => void refetch()),
  };
}
