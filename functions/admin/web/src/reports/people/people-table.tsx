import Box from '@cloudscape-design/components/box';
import type { ReactNode } from 'react';

import { useApi } from '../../api/client';
import { allRows } from '../../api/paged';
import { peoplePages, type PeopleQuery } from '../../api/queries';
import type { Person } from '../../api/types';
import { count, day } from '../../format';
import { text } from '../../strings';
import { teamName } from '../addresses';
import { useAssistantName } from '../assistant-names';
import { csv } from '../chart/csv';
import { EmptyState } from '../empty-state';
import { queryOf, type Filters } from '../filters/filters';
import { PersonLink, TeamLinks } from '../links';
import { type ReportColumn, ReportTable } from '../table/report-table';
import { tableQuery, useTableState } from '../table/table-state';
import { usePages } from '../table/use-pages';

type Sort = NonNullable<PeopleQuery['sort']>;
const SORTS = ['name', 'active_days', 'first_active', 'last_active'] as const satisfies Sort[];
const MOST_ACTIVE = { sort: 'active_days', order: 'desc' } as const;

interface Props {
  filters: Filters;
  /** Limits the table to people who were in a team on a day of the range, given by its address. */
  team?: string;
  description?: ReactNode;
  /** The name of the file, without extension. */
  file: string;
}

/** The table of people in the range. */
export function PeopleTable({ filters, team, description, file }: Props) {
  const [table, change] = useTableState<Sort>(SORTS, MOST_ACTIVE);
  const assistantName = useAssistantName();
  const query = peoplePages(useApi(), { ...queryOf(filters), ...tableQuery(table), ...(team !== undefined && { team }) });
  const pages = usePages(query);
  return (
    <ReportTable<Person, Sort>
      title={text.people.title}
      description={description}
      total={pages.first?.total ?? null}
      items={pages.rows}
      keyOf={({ id }) => id}
      columns={columnsOf(assistantName)}
      pages={pages}
      sorting={table}
      onSort={change}
      search={{ label: text.people.find, value: table.search, onChange: (search) => change({ search }) }}
      onClear={table.search.trim() === '' ? undefined : () => change({ search: '' })}
      empty={<EmptyState filters={filters} />}
      file={{ name: `${file}.csv`, content: async () => asCsv(await allRows(query)) }}
    />
  );
}

function columnsOf(assistantName: (provider: string) => string): ReportColumn<Person, Sort>[] {
  return [
    { id: 'name', header: text.people.name, sort: 'name', isRowHeader: true, minWidth: 170, cell: (person) => <Name person={person} /> },
    { id: 'active', header: text.people.activeDays, sort: 'active_days', isNumber: true, cell: (person) => count(person.active_days) },
    { id: 'last', header: text.people.lastActive, sort: 'last_active', minWidth: 130, cell: (person) => day(person.last_active) },
    { id: 'first', header: text.people.firstActive, sort: 'first_active', minWidth: 130, cell: (person) => day(person.first_active) },
    // Wide enough for two lines, like the other cells.
    { id: 'assistants', header: text.people.assistants, minWidth: 300, cell: (person) => person.providers.map(assistantName).join(', ') || '–' },
    { id: 'teams', header: text.people.teams, minWidth: 140, cell: (person) => <TeamLinks teams={person.teams} /> },
  ];
}

/** The e-mail address distinguishes people of one name. */
function Name({ person }: { person: Person }) {
  const { id, name, email } = person;
  const shown = name ?? email ?? id;
  return (
    <>
      <PersonLink person={person}>{shown}</PersonLink>
      {email !== null && email !== shown && (
        <Box fontSize="body-s" color="text-body-secondary">
          {email}
        </Box>
      )}
    </>
  );
}

function asCsv(rows: readonly Person[]): string {
  return csv(
    ['id', 'name', 'email', 'teams', 'providers', 'active_days', 'first_active', 'last_active'],
    rows.map((person) => [
      person.id,
      person.name,
      person.email,
      person.teams.map(teamName).join(', '),
      person.providers.join(' '),
      person.active_days,
      person.first_active,
      person.last_active,
    ]),
  );
}
