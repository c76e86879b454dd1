import Button from '@cloudscape-design/components/button';
import Link from '@cloudscape-design/components/link';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useSearchParams } from 'react-router';

import { useApi } from '../../api/client';
import { allRows } from '../../api/paged';
import { peoplePages, type PeopleQuestion } from '../../api/queries';
import type { Person } from '../../api/words';
import { count, day } from '../../format';
import { useFollow } from '../../shell/follow';
import { Page } from '../../shell/page';
import { text } from '../../strings';
import { useAssistantName } from '../assistant-names';
import { csv } from '../chart/csv';
import { EmptyState } from '../empty-state';
import { asked, carried } from '../filters/filters';
import { FiltersBar } from '../filters/filters-bar';
import { useFilters } from '../filters/use-filters';
import { type ReportColumn, ReportTable } from '../table/report-table';
import { askedOfTable, useTableState } from '../table/table-state';
import { usePages } from '../table/use-pages';

type Sort = NonNullable<PeopleQuestion['sort']>;
const SORTS = ['name', 'active_days', 'first_active', 'last_active'] as const satisfies Sort[];
const MOST_ACTIVE = { sort: 'active_days', order: 'desc' } as const;

const teamsOf = (person: Person) => person.teams.map(({ id, name }) => name ?? id).join(', ');

/** All people who were seen in the range, and how often. */
export default function PeoplePage() {
  const follow = useFollow();
  const [filters] = useFilters();
  const [table, change] = useTableState<Sort>(SORTS, MOST_ACTIVE);
  const assistantName = useAssistantName();
  const paged = peoplePages(useApi(), { ...asked(filters), ...askedOfTable(table) });
  const pages = usePages(paged);
  return (
    <Page
      title={text.people.title}
      description={text.people.description}
      actions={
        <Button href="/identities" onFollow={follow}>
          {text.identities.fromPeople}
        </Button>
      }
    >
      <SpaceBetween size="l">
        <FiltersBar hasInterval={false} />
        <ReportTable<Person, Sort>
          title={text.people.title}
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
          file={{ name: 'people.csv', content: async () => asCsv(await allRows(paged)) }}
        />
      </SpaceBetween>
    </Page>
  );
}

function columnsOf(assistantName: (provider: string) => string): ReportColumn<Person, Sort>[] {
  return [
    { id: 'name', header: text.people.name, sort: 'name', isRowHeader: true, minWidth: 160, cell: (person) => <Name person={person} /> },
    { id: 'active', header: text.people.activeDays, sort: 'active_days', isNumber: true, cell: (person) => count(person.active_days) },
    { id: 'assistants', header: text.people.assistants, minWidth: 160, cell: (person) => person.providers.map(assistantName).join(', ') },
    { id: 'teams', header: text.people.teams, minWidth: 120, cell: (person) => teamsOf(person) || '–' },
    { id: 'first', header: text.people.firstActive, sort: 'first_active', minWidth: 130, cell: (person) => day(person.first_active) },
    { id: 'last', header: text.people.lastActive, sort: 'last_active', minWidth: 130, cell: (person) => day(person.last_active) },
  ];
}

function Name({ person: { id, name, email } }: { person: Person }) {
  const follow = useFollow();
  const [address] = useSearchParams();
  return (
    <Link href={carried(`/people/${encodeURIComponent(id)}`, address)} onFollow={follow}>
      {name ?? email ?? id}
    </Link>
  );
}

function asCsv(rows: readonly Person[]): string {
  return csv(
    ['id', 'name', 'email', 'teams', 'providers', 'active_days', 'first_active', 'last_active'],
    rows.map((person) => [
      person.id,
      person.name,
      person.email,
      teamsOf(person),
      person.providers.join(' '),
      person.active_days,
      person.first_active,
      person.last_active,
    ]),
  );
}
