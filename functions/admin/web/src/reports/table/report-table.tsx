import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { count } from '../../format';
import { ErrorBoundary } from '../../shell/error-boundary';
import { useFlashes } from '../../shell/flashes';
import { type PanelQuery, stateOf } from '../../shell/panel-state';
import { QueryError } from '../../shell/query-panel';
import { text } from '../../strings';
import { download } from '../chart/csv';
import { SearchField } from './search-field';
import type { Sorting } from './table-state';
import type { Pages } from './use-pages';

export interface ReportColumn<Item, S extends string = never> {
  id: string;
  header: string;
  cell: (item: Item) => ReactNode;
  /** The API's name of the sort order for this column. */
  sort?: S;
  /** Numbers are right-aligned, so that digits line up. */
  isNumber?: boolean;
  isRowHeader?: boolean;
  minWidth?: number;
}

interface Props<Item, S extends string> {
  title: string;
  description?: ReactNode;
  /** The number of rows on all pages; null if the API does not report it. */
  total?: number | null;
  items: readonly Item[];
  keyOf: (item: Item) => string;
  columns: readonly ReportColumn<Item, S>[];
  pages: Omit<Pages<unknown>, 'rows'>;
  /** The query to wait for, if it is more than the pages. */
  query?: PanelQuery;
  sorting?: Sorting<S>;
  onSort?: (sorting: Sorting<S>) => void;
  search?: { label: string; value: string; onChange: (value: string) => void };
  /** Filters beside the search. */
  controls?: ReactNode;
  /** Removes the search and the filters of this table; missing if none is set. */
  onClear?: (() => void) | undefined;
  /** Shown if there are no rows. */
  empty: ReactNode;
  file: { name: string; content: () => Promise<string> };
}

/** A table that is sorted, filtered and paged by the server. */
export function ReportTable<Item, S extends string = never>(props: Props<Item, S>) {
  return (
    <ErrorBoundary>
      <ServerTable {...props} />
    </ErrorBoundary>
  );
}

function ServerTable<Item, S extends string>(props: Props<Item, S>) {
  const { title, description, total = null, items, keyOf, columns, pages, query = pages.query, sorting, onSort, search, controls, onClear, empty, file } = props;
  const state = stateOf(query);
  const isLoading = state === 'loading' || (pages.isLoadingMore && items.length === 0);
  const chosen = columns.find(({ sort }) => sort !== undefined && sort === sorting?.sort);
  return (
    <SpaceBetween size="s">
      {state === 'stale' && <QueryError query={query} isStale />}
      <Table<Item>
        variant="container"
        contentDensity="compact"
        wrapLines
        stickyHeader
        items={items}
        trackBy={keyOf}
        loading={isLoading}
        loadingText={text.shell.loading}
        empty={state === 'failed' ? <QueryError query={query} isStale={false} /> : onClear === undefined ? empty : <NoMatch onClear={onClear} />}
        ariaLabels={{ tableLabel: title }}
        columnDefinitions={columns.map(definition)}
        {...(chosen?.sort !== undefined && { sortingColumn: { sortingField: chosen.sort } })}
        sortingDescending={sorting?.order === 'desc'}
        onSortingChange={({ detail: { sortingColumn, isDescending } }) => {
          const sort = columns.find((column) => column.sort === sortingColumn.sortingField)?.sort;
          if (sort !== undefined) onSort?.({ sort, order: isDescending === true ? 'desc' : 'asc' });
        }}
        header={
          <Header
            variant="h2"
            description={description}
            counter={total === null ? undefined : `(${count(total)})`}
            info={pages.isStale && <StatusIndicator type="loading">{text.shell.loading}</StatusIndicator>}
            actions={<Download title={title} file={file} />}
          >
            {title}
          </Header>
        }
        filter={
          (search !== undefined || controls !== undefined) && (
            <SpaceBetween direction="horizontal" size="s">
              {/* The controls come first, so that the number of matches does not move them. */}
              {controls}
              {search !== undefined && (
                <SearchField {...search} isLoading={isLoading || pages.isStale} matches={state === 'failed' ? null : total} />
              )}
            </SpaceBetween>
          )
        }
        pagination={
          (pages.loaded > 1 || pages.hasMore) && (
            <Pagination
              currentPageIndex={pages.shown}
              pagesCount={pages.loaded}
              openEnd={pages.hasMore}
              disabled={pages.isLoadingMore || pages.isStale}
              ariaLabels={{
                paginationLabel: text.table.pagesOf(title),
                nextPageLabel: text.table.nextPage,
                previousPageLabel: text.table.previousPage,
                pageLabel: (page) => text.table.pageOf(page, title),
              }}
              onChange={({ detail }) => pages.show(detail.currentPageIndex)}
            />
          )
        }
      />
    </SpaceBetween>
  );
}

function definition<Item, S extends string>({ sort, isNumber, header, cell, ...column }: ReportColumn<Item, S>): TableProps.ColumnDefinition<Item> {
  return {
    ...column,
    ...(sort !== undefined && { sortingField: sort }),
    header: isNumber === true ? <Box textAlign="right" fontWeight="bold" color="inherit">{header}</Box> : header,
    cell: isNumber === true ? (item) => <Box textAlign="right">{cell(item)}</Box> : cell,
  };
}

function NoMatch({ onClear }: { onClear: () => void }) {
  return (
    <Box textAlign="center" color="inherit" padding={{ vertical: 's' }}>
      <SpaceBetween size="xs">
        <b>{text.table.noMatch}</b>
        <Button onClick={onClear}>{text.table.clear}</Button>
      </SpaceBetween>
    </Box>
  );
}

/** Downloads all rows. They are fetched on click. */
function Download({ title, file }: { title: string; file: Props<never, never>['file'] }) {
  const { fail } = useFlashes();
  const { mutate, isPending } = useMutation({
    mutationFn: file.content,
    onSuccess: (content) => download(file.name, content),
    onError: fail,
  });
  return (
    <Button iconName="download" loading={isPending} ariaLabel={text.chart.downloadOf(title)} onClick={() => mutate()}>
      {text.chart.csv}
    </Button>
  );
}
