// The pages of a table. Each is fetched when it is opened.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { type PagedQuery, REPORTS_STAY_FRESH, type RowsOf } from '../../api/paged';
import type { PanelQuery } from '../../shell/panel-state';

const ROWS = 25;

/** The pages of a table, as `ReportTable` needs them. */
export interface Pages<Row> {
  rows: readonly Row[];
  /** The number of the shown page; the first is 1. */
  shown: number;
  /** The number of loaded pages. */
  loaded: number;
  hasMore: boolean;
  isLoadingMore: boolean;
  /** The rows answer the previous query; the new rows are loading. */
  isStale: boolean;
  show: (page: number) => void;
  query: PanelQuery;
}

/** Also returns the first page, which has the totals. */
export function usePages<P extends { rows: unknown[]; next_cursor: string | null }>(query: PagedQuery<P>): Pages<RowsOf<P>> & { first: P | undefined } {
  const queryKey = JSON.stringify(query.key);
  const [at, setAt] = useState({ queryKey, page: 1 });
  // A new query starts at its first page.
  const shown = at.queryKey === queryKey ? at.page : 1;
  const result = useInfiniteQuery({
    queryKey: [...query.key, 'pages'],
    queryFn: ({ signal, pageParam }) => query.page(pageParam, ROWS, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: REPORTS_STAY_FRESH,
    // Keeps the rows on screen while a search is typed.
    placeholderData: keepPreviousData,
  });
  const all = result.data?.pages ?? [];
  return {
    first: all[0],
    rows: all[shown - 1]?.rows ?? [],
    shown,
    loaded: all.length,
    hasMore: result.hasNextPage,
    isLoadingMore: result.isFetchingNextPage,
    isStale: result.isPlaceholderData,
    show: (page) => {
      if (page <= all.length) setAt({ queryKey, page });
      // If the page fails to load, the old page stays with an error above it.
      else void result.fetchNextPage().then(({ data }) => setAt({ queryKey, page: Math.min(page, data?.pages.length ?? 1) }));
    },
    query: result,
  };
}
