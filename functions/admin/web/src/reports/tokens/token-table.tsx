import Box from '@cloudscape-design/components/box';
import Link from '@cloudscape-design/components/link';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';

import { useApi } from '../../api/client';
import { tokenPages, tokens, type TokensQuery } from '../../api/queries';
import type { TokenMetric, TokenRow } from '../../api/types';
import { compact, percent } from '../../format';
import { useFollow } from '../../shell/follow';
import { combine } from '../../shell/panel-state';
import { text } from '../../strings';
import { csv } from '../chart/csv';
import { useConnectorLabels } from '../connector-labels';
import { PersonLink } from '../links';
import { type ReportColumn, ReportTable } from '../table/report-table';
import { usePages } from '../table/use-pages';
import { Exact } from './exact';
import { metricsOf } from './figures';
import { csvCells, type Group, named } from './groups';
import { hrefWith, type TokenFilters } from './token-filters';

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
  /** The query without the group. */
  query: TokensQuery;
  /** Filters that links to the report set in addition to the address. */
  only?: TokenFilters;
  empty: ReactNode;
}

/** A table of tokens by model, person, team or surface. */
export function TokenTable({ by, query, only, empty }: Props) {
  const api = useApi();
  const client = useQueryClient();
  const { connectorName } = useConnectorLabels();
  const groupQuery: TokensQuery = { ...query, by, interval: 'total' };
  const pages = usePages(tokenPages(api, groupQuery));
  // A query about a person or a team has no unattributed rows.
  const hasRest = by === 'person' && query.subject === undefined && query.email === undefined && query.team === undefined;
  const unattributed = useQuery({ ...tokens(api, { ...groupQuery, subject: '' }), enabled: hasRest });
  // The table is hidden if no provider reports surfaces.
  if (by === 'surface' && pages.loaded === 1 && !pages.hasMore && pages.rows.every(({ surface }) => surface === null)) return null;
  return (
    <ReportTable
      title={text.tokens.by[by]}
      description={text.tokens.about[by]}
      pages={pages}
      query={hasRest ? combine(pages.query, unattributed) : pages.query}
      items={itemsOf(by, pages.rows, unattributed.data?.rows ?? [], connectorName)}
      keyOf={({ key }) => key}
      columns={columnsOf(by, only)}
      empty={empty}
      file={{ name: `tokens-by-${by}.csv`, content: async () => asCsv(by, (await client.query(tokens(api, groupQuery))).rows, connectorName) }}
    />
  );
}

interface Item {
  key: string;
  row: TokenRow;
  connectors: string;
}

/** Unattributed tokens are the last row of every page. */
function itemsOf(by: Group, rows: readonly TokenRow[], rest: readonly TokenRow[], connectorName: (id: string) => string): Item[] {
  const attributed = rows.filter((row) => by !== 'person' || named(row, by).name !== null);
  const items = attributed.map((row): Item => ({ key: keyOf(row), row, connectors: connectorName(row.connector) }));
  const [first] = rest;
  if (first === undefined) return items;
  const connectors = [...new Set(rest.map(({ connector }) => connectorName(connector)))].join(', ');
  return [...items, { key: 'rest', row: { ...first, metrics: metricsOf(rest) }, connectors }];
}

function columnsOf(by: Group, only: TokenFilters | undefined): ReportColumn<Item>[] {
  return [
    { id: by, header: text.tokens.columns[by], isRowHeader: true, minWidth: 160, cell: ({ row }) => <Name row={row} by={by} only={only} /> },
    ...METRICS.map(
      (metric): ReportColumn<Item> => ({
        id: metric,
        header: text.tokens.columns[metric],
        isNumber: true,
        cell: ({ row }) =>
          metric === 'cache_hit_rate' ? percent(row.metrics.cache_hit_rate) : <Exact value={row.metrics[metric]} format={compact} />,
      }),
    ),
    // The last column, because a phone shows only the first columns.
    { id: 'connector', header: text.tokens.columns.connector, minWidth: 140, cell: ({ connectors }) => connectors },
  ];
}

const keyOf = ({ connector, level, subject, team, model, surface }: TokenRow) =>
  JSON.stringify([connector, level, subject?.id, team?.id, team?.connector, model, surface]);

function Name({ row, by, only }: { row: TokenRow; by: Group; only: TokenFilters | undefined }) {
  const [search] = useSearchParams();
  const follow = useFollow();
  const { connectorName } = useConnectorLabels();
  const { name, detail, filter, person } = named(row, by);
  if (name === null) return <Box color="text-status-inactive">{text.tokens.unnamed[by]}</Box>;
  const kind = by === 'person' ? text.tokens.levels[row.level] : undefined;
  // Two providers may have teams with equal names.
  const { team } = row;
  const where = by !== 'team' || team === null ? undefined : team.connector === null ? text.teams.mappingFile : connectorName(team.connector);
  const below = [kind, where, detail].filter(Boolean).join(' · ');
  return (
    <>
      {person !== null && <PersonLink person={person}>{name}</PersonLink>}
      {person === null && filter !== null && (
        <Link href={hrefWith(search, { ...only, ...filter })} onFollow={follow} ariaLabel={text.tokens.showOnly(name)}>
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

function asCsv(by: Group, rows: readonly TokenRow[], connectorName: (id: string) => string): string {
  const { header, of } = csvCells(by);
  const cells = rows.map((row) => [
    ...of(row),
    row.provider,
    connectorName(row.connector),
    ...METRICS.map((metric) => row.metrics[metric]),
    row.provisional,
  ]);
  return csv([...header, 'provider', 'connector', ...METRICS, 'provisional'], cells);
}
