import { useCollection } from '@cloudscape-design/collection-hooks';
import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Pagination from '@cloudscape-design/components/pagination';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useQuery } from '@tanstack/react-query';
import { useLocation } from 'react-router';

import { useApi } from '../../api/client';
import { people } from '../../api/queries';
import type { Person } from '../../api/words';
import { count, day } from '../../format';
import { useFollow } from '../../shell/follow';
import { Page } from '../../shell/page';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { useAssistantName } from '../assistant-names';
import { csv, download } from '../chart/csv';
import { EmptyState } from '../empty-state';
import { asked } from '../filters/filters';
import { FiltersBar } from '../filters/filters-bar';
import { useFilters } from '../filters/use-filters';
import { distinct } from './distinct';
import { DoublesNote } from './doubles-note';

const PAGE = 25;

const nameOf = (person: Person) => person.name ?? person.email ?? person.id;
const teamsOf = (person: Person) => person.teams.map(({ id, name }) => name ?? id).join(', ');

/** All people who were seen in the range, and how often. */
export default function PeoplePage() {
  const [filters] = useFilters();
  const { search } = useLocation();
  const follow = useFollow();
  const query = useQuery(people(useApi(), asked(filters)));
  const { data } = query;
  const assistantName = useAssistantName();
  const doubles = distinct(data?.rows ?? []);
  const { items, collectionProps, filterProps, filteredItemsCount, paginationProps } = useCollection(data?.rows ?? [], {
    filtering: {
      filteringFunction: (person, sought) =>
        [nameOf(person), person.email ?? '', teamsOf(person)].some((part) => part.toLowerCase().includes(sought.toLowerCase())),
      empty: <EmptyState filters={filters} />,
      noMatch: text.table.noMatch,
    },
    pagination: { pageSize: PAGE },
    sorting: { defaultState: { sortingColumn: { sortingField: 'active_days' }, isDescending: true } },
  });
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
        <QueryPanel query={query}>
          <SpaceBetween size="l">
            {doubles.doubles > 0 && (
              <Alert type="warning">
                <DoublesNote {...doubles} />
              </Alert>
            )}
            <Table
              {...collectionProps}
              items={items}
              trackBy={(person) => `${person.providers.join()} ${person.id}`}
              ariaLabels={{ tableLabel: text.people.title }}
              stickyHeader
              filter={
                <TextFilter
                  {...filterProps}
                  filteringAriaLabel={text.people.find}
                  filteringPlaceholder={text.people.find}
                  countText={text.table.matches(filteredItemsCount ?? 0)}
                />
              }
              pagination={<Pagination {...paginationProps} />}
              header={
                <Header
                  counter={data === undefined ? '' : `(${count(data.rows.length)})`}
                  actions={
                    <Button
                      iconName="download"
                      onClick={() =>
                        download(
                          'people.csv',
                          csv(
                            ['id', 'name', 'email', 'teams', 'providers', 'active_days', 'first_active', 'last_active'],
                            (data?.rows ?? []).map((person) => [
                              person.id,
                              person.name,
                              person.email,
                              teamsOf(person),
                              person.providers.join(' '),
                              person.active_days,
                              person.first_active,
                              person.last_active,
                            ]),
                          ),
                        )
                      }
                    >
                      {text.chart.csv}
                    </Button>
                  }
                >
                  {text.people.seen}
                </Header>
              }
              columnDefinitions={[
                {
                  id: 'name',
                  header: text.people.name,
                  isRowHeader: true,
                  sortingComparator: (a, b) => nameOf(a).localeCompare(nameOf(b)),
                  cell: (person) => (
                    <Link href={`/people/${encodeURIComponent(person.id)}${search}`} onFollow={follow}>
                      {nameOf(person)}
                    </Link>
                  ),
                },
                { id: 'assistants', header: text.people.assistants, cell: (person) => person.providers.map(assistantName).join(', ') },
                { id: 'teams', header: text.people.teams, cell: (person) => teamsOf(person) || '–' },
                { id: 'active', header: text.people.activeDays, sortingField: 'active_days', cell: (person) => count(person.active_days) },
                { id: 'first', header: text.people.firstActive, sortingField: 'first_active', cell: (person) => day(person.first_active) },
                { id: 'last', header: text.people.lastActive, sortingField: 'last_active', cell: (person) => day(person.last_active) },
              ]}
            />
          </SpaceBetween>
        </QueryPanel>
      </SpaceBetween>
    </Page>
  );
}
