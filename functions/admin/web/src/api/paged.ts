// Lists that come page by page.

const MINUTE = 60_000;
/** Stored days change once a day; connectors while a poll runs. */
export const REPORTS_STAY_FRESH = 5 * MINUTE;
/** A year of one organization is one page; a year of several is few. */
export const ROWS_A_PAGE = 10_000;

interface Page {
  rows: unknown[];
  next_cursor: string | null;
}

export type RowsOf<P extends Page> = P['rows'][number];

/** A question whose answer has pages. */
export interface Paged<P extends Page> {
  /** All that is asked but for the page. */
  key: readonly unknown[];
  page: (cursor: string | undefined, limit: number, signal?: AbortSignal) => Promise<P>;
}

/** Every page of a list, one after the other. */
export async function whole<P extends Page>(page: (cursor: string | undefined) => Promise<P>): Promise<P> {
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

/** Every row, for a file. */
export async function allRows<P extends Page>({ page }: Paged<P>): Promise<RowsOf<P>[]> {
  return (await whole((cursor) => page(cursor, ROWS_A_PAGE))).rows;
}
