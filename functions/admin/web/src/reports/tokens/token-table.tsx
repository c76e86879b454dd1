import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table, { type TableProps } from '@cloudscape-design/components/table';
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useSearchParams } from 'react-router';

import { useApi } from '../../api/client';
import { tokenPages, tokens, type TokensQuestion } from '../../api/queries';
import type { TokenMetric, TokenRow } from '../../api/words';
import { compact, percent } from '../../format';
import { useFlashes } from '../../shell/flashes';
import { useFollow } from '../../shell/follow';
import { together } from '../../shell/panel-state';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { csv, download } from '../chart/csv';
import { useKnown } from '../known-connectors';
import { Exact } from './exact';
import { metricsOf } from './figures';
import { csvCells, type Group, named } from './groups';
import { hrefWith } from './token-filters';

const PAGE = 25;
const METRICS = [
  'tokens_in',
  'tokens_in_uncached',
  'tokens_cache_read',
  'tokens_cache_write',
  'tokens_out',
  'cache_hit_rate',
  'requests',
] as const satisfies TokenMetric[];

interface Props {
  by: Group;
  /** Without what rows are grouped by. */
  question: TokensQuestion;
  empty: ReactNode;
}

/** Who or what used the most tokens. The server sorts and pages: a page is asked for when it is opened. */
export function TokenTable(props: Props) {
  // Another question begins at its first page.
  return <OneQuestion key={JSON.stringify(props.question)} {...props} />;
}

function OneQuestion({ by, question, empty }: Props) {
  const api = useApi();
  const asked: TokensQuestion = { ...question, by, interval: 'total' };
  const [shown, setShown] = useState(1);
  const pages = useInfiniteQuery(tokenPages(api, asked, PAGE));
  const isOfOne = question.subject !== undefined || question.email !== undefined;
  const unattributed = useQuery({ ...tokens(api, { ...asked, subject: '' }), enabled: by === 'person' && !isOfOne });
  const all = pages.data?.pages ?? [];
  const rows = (all[shown - 1]?.rows ?? []).filter((row) => by !== 'person' || named(row, by).name !== null);
  const rest = unattributed.data?.rows ?? [];
  const title = text.tokens.by[by];
  // Where no provider has several surfaces there is nothing to tell apart.
  if (by === 'surface' && pages.data !== undefined && all.every(({ rows: of }) => of.every(({ surface }) => surface === null))) return null;
  const query = by === 'person' && !isOfOne ? together(pages, unattributed) : pages;
  return (
    <Container
      header={
        <Header variant="h2" description={text.tokens.about[by]} actions={<Download by={by} asked={asked} />}>
          {title}
        </Header>
      }
    >
      <QueryPanel query={query}>
        <SpaceBetween size="s">
          <Rows by={by} rows={rows} rest={rest} empty={empty} isLoading={pages.isFetchingNextPage && all[shown - 1] === undefined} />
          {(all.length > 1 || pages.hasNextPage) && (
            <Pagination
              currentPageIndex={shown}
              pagesCount={all.length}
              openEnd={pages.hasNextPage}
              disabled={pages.isFetchingNextPage}
              ariaLabels={{
                nextPageLabel: text.tokens.nextPage,
                previousPageLabel: text.tokens.previousPage,
                pageLabel: (page) => text.tokens.pageOf(page, title),
              }}
              onChange={({ detail: { currentPageIndex } }) => {
                if (currentPageIndex <= all.length) setShown(currentPageIndex);
                // A page that could not be loaded leaves the old one, with its error above it.
                else void pages.fetchNextPage().then(({ data }) => setShown(Math.min(currentPageIndex, data?.pages.length ?? 1)));
              }}
            />
          )}
        </SpaceBetween>
      </QueryPanel>
    </Container>
  );
}

interface Item {
  key: string;
  row: TokenRow;
  connectors: string;
  isRest: boolean;
}

function Rows({ by, rows, rest, empty, isLoading }: { by: Group; rows: readonly TokenRow[]; rest: readonly TokenRow[]; empty: ReactNode; isLoading: boolean }) {
  const { connectorName } = useKnown();
  const items = rows.map((row): Item => ({ key: keyOf(row), row, connectors: connectorName(row.connector), isRest: false }));
  const [first] = rest;
  if (first !== undefined) {
    const connectors = [...new Set(rest.map(({ connector }) => connectorName(connector)))].join(', ');
    items.push({ key: 'rest', row: { ...first, metrics: metricsOf(rest) }, connectors, isRest: true });
  }
  return (
    <Table<Item>
      variant="embedded"
      contentDensity="compact"
      wrapLines
      loading={isLoading}
      loadingText={text.shell.loading}
      ariaLabels={{ tableLabel: text.tokens.by[by] }}
      items={items}
      trackBy="key"
      empty={empty}
      columnDefinitions={[
        { id: by, header: text.tokens.columns[by], isRowHeader: true, minWidth: 160, cell: ({ row }) => <Name row={row} by={by} /> },
        ...METRICS.map(metricColumn),
        // Last, for a phone shows the first columns only.
        { id: 'connector', header: text.tokens.columns.connector, minWidth: 140, cell: ({ connectors }) => connectors },
      ]}
    />
  );
}

/** Numbers stand at the end of their column, so that their digits can be compared. */
function metricColumn(metric: (typeof METRICS)[number]): TableProps.ColumnDefinition<Item> {
  return {
    id: metric,
    header: <Box textAlign="right" fontWeight="bold" color="inherit">{text.tokens.columns[metric]}</Box>,
    cell: ({ row }) => (
      <Box textAlign="right">
        {metric === 'cache_hit_rate' ? percent(row.metrics.cache_hit_rate) : <Exact value={row.metrics[metric]} format={compact} />}
      </Box>
    ),
  };
}

const keyOf = ({ connector, level, subject, team, model, surface }: TokenRow) =>
  JSON.stringify([connector, level, subject?.id, team?.id, model, surface]);

function Name({ row, by }: { row: TokenRow; by: Group }) {
  const [search] = useSearchParams();
  const follow = useFollow();
  const { name, detail, filter } = named(row, by);
  if (name === null) return <Box color="text-status-inactive">{text.tokens.unnamed[by]}</Box>;
  const kind = by === 'person' ? text.tokens.levels[row.level] : undefined;
  const below = [kind, detail].filter(Boolean).join(' · ');
  return (
    <>
      {filter === null ? (
        name
      ) : (
        <Link href={hrefWith(search, filter)} onFollow={follow} ariaLabel={text.tokens.showOnly(name)}>
          {name}
        </Link>
      )}
      {below !== '' && (
        <Box fontSize="body-s" color="text-body-secondary">
          {below}
        </Box>
      )}
    </>
  );
}

/** The file has all rows: they are asked for when it is wanted. */
function Download({ by, asked }: { by: Group; asked: TokensQuestion }) {
  const api = useApi();
  const client = useQueryClient();
  const { connectorName } = useKnown();
  const { fail } = useFlashes();
  const { mutate, isPending } = useMutation({
    mutationFn: () => client.query(tokens(api, asked)),
    onSuccess: ({ rows }) => {
      const { header, of } = csvCells(by);
      const cells = rows.map((row) => [
        ...of(row),
        row.provider,
        connectorName(row.connector),
        ...METRICS.map((metric) => row.metrics[metric]),
        row.provisional,
      ]);
      download(`tokens-by-${by}.csv`, csv([...header, 'provider', 'connector', ...METRICS, 'provisional'], cells));
    },
    onError: fail,
  });
  return (
    <Button iconName="download" loading={isPending} ariaLabel={text.chart.downloadOf(text.tokens.by[by])} onClick={() => mutate()}>
      {text.chart.csv}
    </Button>
  );
}
