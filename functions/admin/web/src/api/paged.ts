// Lists that the API answers page by page.

const MINUTE = 60_000;
/** Stored days change once a day. */
export const REPORTS_STAY_FRESH = 5 * MINUTE;
/** A year of one organization fits in one page. */
export const ROWS_A_PAGE = 10_000;

interface Page {
  rows: unknown[];
  next_cursor: string | null;
}

export type RowsOf<P extends Page> = P['rows'][number];

/** A query whose answer has pages. */
export interface PagedQuery<P extends Page> {
  /** Identifies the query without the page. */
  key: readonly unknown[];
  page: (cursor: string | undefined, limit: number, signal?: AbortSignal) => Promise<P>;
}

/** Fetches all pages of a list, one after the other. */
export async function allPages<P extends Page>(page: (cursor: string | undefined) => Promise<P>): Promise<P> {
  const first = await page(undefined);
  const rows = [...first.rows];
  let cursor = first.next_cursor;
  while (cursor !== null) {
    const next = await page(cursor);
    rows.push(...next.rows);
    cursor = next.next_cursor;
  }
  return { ...first, rows, next_cursor: null };
}

/** Fetches all rows, for a file. */
export async function allRows<P extends Page>({ page }: PagedQuery<P>): Promise<RowsOf<P>[]> {
  return (await allPages((cursor) => page(cursor, ROWS_A_PAGE))).rows;
}
