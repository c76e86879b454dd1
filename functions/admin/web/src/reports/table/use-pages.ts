// The pages of a table, asked for one after the other as they are opened.
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { type Paged, REPORTS_STAY_FRESH, type RowsOf } from '../../api/paged';
import type { PanelQuery } from '../../shell/panel-state';

const ROWS = 25;

/** What a table needs to know about its pages. */
export interface Pages<Row> {
  rows: readonly Row[];
  /** Which page is shown; the first is 1. */
  shown: number;
  /** Pages that have arrived. */
  loaded: number;
  hasMore: boolean;
  isLoadingMore: boolean;
  /** The rows answer the question before; this one's are on their way. */
  isOld: boolean;
  show: (page: number) => void;
  query: PanelQuery;
}

/** The first page's answer also says what holds for all pages. */
export function usePages<P extends { rows: unknown[]; next_cursor: string | null }>(paged: Paged<P>): Pages<RowsOf<P>> & { first: P | undefined } {
  const question = JSON.stringify(paged.key);
  const [at, setAt] = useState({ question, page: 1 });
  // Another question begins at its first page.
  const shown = at.question === question ? at.page : 1;
  const pages = useInfiniteQuery({
    queryKey: [...paged.key, 'pages'],
    queryFn: ({ signal, pageParam }) => paged.page(pageParam, ROWS, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor,
    staleTime: REPORTS_STAY_FRESH,
    // A table whose rows go and come with every letter of a search cannot be read.
    placeholderData: keepPreviousData,
  });
  const all = pages.data?.pages ?? [];
  return {
    first: all[0],
    rows: (all[shown - 1]?.rows ?? []),
    shown,
    loaded: all.length,
    hasMore: pages.hasNextPage,
    isLoadingMore: pages.isFetchingNextPage,
    isOld: pages.isPlaceholderData,
    show: (page) => {
      if (page <= all.length) setAt({ question, page });
      // A page that could not be loaded leaves the old one, with its error above it.
      else void pages.fetchNextPage().then(({ data }) => setAt({ question, page: Math.min(page, data?.pages.length ?? 1) }));
    },
    query: pages,
  };
}
