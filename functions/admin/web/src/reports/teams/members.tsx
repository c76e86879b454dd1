import { useApi } from '../../api/client';
import { allRows } from '../../api/paged';
import { peoplePages, type PeopleQuestion } from '../../api/queries';
import type { Person } from '../../api/words';
import { count, day } from '../../format';
import { text } from '../../strings';
import { useAssistantName } from '../assistant-names';
import { csv } from '../chart/csv';
import { EmptyState } from '../empty-state';
import { asked, type Filters } from '../filters/filters';
import { PersonLink } from '../links';
import { type ReportColumn, ReportTable } from '../table/report-table';
import { askedOfTable, useTableState } from '../table/table-state';
import { usePages } from '../table/use-pages';

type Sort = NonNullable<PeopleQuestion['sort']>;
const SORTS = ['name', 'active_days', 'last_active'] as const satisfies Sort[];
const MOST_ACTIVE = { sort: 'active_days', order: 'desc' } as const;

/** The people who were in a team on a day of the range. */
export function Members({ team, filters }: { team: string; filters: Filters }) {
  const [table, change] = useTableState<Sort>(SORTS, MOST_ACTIVE);
  const assistantName = useAssistantName();
  const paged = peoplePages(useApi(), { ...asked(filters), ...askedOfTable(table), team });
  const pages = usePages(paged);
  return (
    <ReportTable<Person, Sort>
      title={text.teams.members}
      description={text.teams.membersDescription}
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
      file={{ name: 'team.csv', content: async () => asCsv(await allRows(paged)) }}
    />
  );
}

function columnsOf(assistantName: (provider: string) => string): ReportColumn<Person, Sort>[] {
  return [
    {
      id: 'name',
      header: text.people.name,
      sort: 'name',
      isRowHeader: true,
      minWidth: 160,
      cell: (person) => <PersonLink person={person}>{person.name ?? person.email ?? person.id}</PersonLink>,
    },
    { id: 'active', header: text.people.activeDays, sort: 'active_days', isNumber: true, cell: ({ active_days }) => count(active_days) },
    { id: 'assistants', header: text.people.assistants, minWidth: 160, cell: ({ providers }) => providers.map(assistantName).join(', ') },
    { id: 'email', header: text.people.email, cell: ({ email }) => email ?? '–' },
    { id: 'last', header: text.people.lastActive, sort: 'last_active', cell: ({ last_active }) => day(last_active) },
  ];
}

function asCsv(rows: readonly Person[]): string {
  return csv(
    ['id', 'name', 'email', 'providers', 'active_days', 'last_active'],
    rows.map(({ id, name, email, providers, active_days, last_active }) => [id, name, email, providers.join(' '), active_days, last_active]),
  );
}
