import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';

import { useApi } from '../../api/client';
import { allRows } from '../../api/paged';
import { connectors, teamPages, type TeamsQuery } from '../../api/queries';
import type { TeamRow } from '../../api/types';
import { count } from '../../format';
import { Page } from '../../shell/page';
import { text } from '../../strings';
import { addressOfTeam } from '../addresses';
import { csv } from '../chart/csv';
import { EmptyState } from '../empty-state';
import { queryOf, type Filters } from '../filters/filters';
import { FiltersBar } from '../filters/filters-bar';
import { useFilters } from '../filters/use-filters';
import { type ConnectorLabels, useConnectorLabels } from '../connector-labels';
import { TeamLink } from '../links';
import { type ReportColumn, ReportTable } from '../table/report-table';
import { tableQuery, useTableState } from '../table/table-state';
import { usePages } from '../table/use-pages';

type Sort = NonNullable<TeamsQuery['sort']>;
const SORTS = ['name', 'people', 'active'] as const satisfies Sort[];
const BY_NAME = { sort: 'name', order: 'asc' } as const;

/** All teams with their number of people and of active people. */
export default function TeamsPage() {
  const [filters] = useFilters();
  const [table, change] = useTableState<Sort>(SORTS, BY_NAME);
  const labels = useConnectorLabels();
  const pagedQuery = teamPages(useApi(), { ...queryOf(filters), ...tableQuery(table) });
  const pages = usePages(pagedQuery);
  const isEmpty = pages.first?.total === 0;
  return (
    <Page title={text.teams.title} description={text.teams.description}>
      <SpaceBetween size="l">
        <FiltersBar hasInterval={false} />
        {!isEmpty && (
          <Alert type="info">
            {text.teams.overlap} {text.teams.noTeamDetail}
          </Alert>
        )}
        <ReportTable<TeamRow, Sort>
          title={text.teams.title}
          total={pages.first?.total ?? null}
          items={pages.rows}
          keyOf={addressOfTeam}
          columns={columnsOf(labels)}
          pages={pages}
          sorting={table}
          onSort={change}
          search={{ label: text.teams.find, value: table.search, onChange: (search) => change({ search }) }}
          onClear={table.search.trim() === '' ? undefined : () => change({ search: '' })}
          empty={<NoTeams filters={filters} />}
          file={{ name: 'teams.csv', content: async () => asCsv(await allRows(pagedQuery)) }}
        />
      </SpaceBetween>
    </Page>
  );
}

function columnsOf({ assistantName, connectorName }: ConnectorLabels): ReportColumn<TeamRow, Sort>[] {
  return [
    { id: 'name', header: text.teams.name, sort: 'name', isRowHeader: true, minWidth: 160, cell: (team) => <TeamLink team={team} /> },
    { id: 'people', header: text.teams.people, sort: 'people', isNumber: true, cell: ({ people }) => count(people) },
    { id: 'active', header: text.teams.active, sort: 'active', isNumber: true, cell: ({ active }) => count(active) },
    {
      id: 'assistant',
      header: text.teams.assistant,
      minWidth: 140,
      cell: ({ provider }) => (provider === null ? text.teams.mappingFile : assistantName(provider)),
    },
    { id: 'connector', header: text.teams.connector, minWidth: 140, cell: ({ connector }) => (connector === null ? '–' : connectorName(connector)) },
  ];
}

/** Explains where teams come from. */
function NoTeams({ filters }: { filters: Filters }) {
  const labels = useQuery(connectors(useApi())).data;
  if (labels?.length === 0) return <EmptyState filters={filters} />;
  return (
    <Box textAlign="center" color="inherit" padding={{ vertical: 's' }}>
      <SpaceBetween size="xs">
        <b>{text.teams.none}</b>
        <span>{text.teams.noneFromProvider}</span>
        <span>{text.teams.noneFromFile}</span>
      </SpaceBetween>
    </Box>
  );
}

function asCsv(rows: readonly TeamRow[]): string {
  return csv(
    ['id', 'name', 'provider', 'connector', 'people', 'active', 'provisional'],
    rows.map(({ id, name, provider, connector, people, active, provisional }) => [id, name, provider, connector, people, active, provisional]),
  );
}
