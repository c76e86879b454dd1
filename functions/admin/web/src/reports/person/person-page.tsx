import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useParams, useSearchParams } from 'react-router';

import { useApi } from '../../api/client';
import { person as personOf } from '../../api/queries';
import type { PersonDetail } from '../../api/types';
import { count, day } from '../../format';
import { Page } from '../../shell/page';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { useAssistantName } from '../assistant-names';
import { hrefWithFilters } from '../filters/filters';
import { FiltersBar } from '../filters/filters-bar';
import { useFilters } from '../filters/use-filters';
import { TeamLinks } from '../links';
import { Identities } from './identities';
import { PersonCharts } from './person-charts';

/** The page of one person: identities, links, and activity with each assistant. */
export default function PersonPage() {
  const { id = '' } = useParams();
  const [search] = useSearchParams();
  const [filters] = useFilters();
  const { from, to } = filters;
  const query = useQuery(personOf(useApi(), id, { from, to }));
  const breadcrumbs = [{ text: text.people.title, href: hrefWithFilters('/people', search) }];
  if (query.data === null) {
    return (
      <Page title={text.person.missing} breadcrumbs={breadcrumbs}>
        <Alert type="info">{text.person.missingDetail}</Alert>
      </Page>
    );
  }
  const { data } = query;
  return (
    <Page title={data?.name ?? data?.email ?? id} breadcrumbs={breadcrumbs}>
      <SpaceBetween size="l">
        <FiltersBar />
        <QueryPanel query={query}>
          {data !== undefined && (
            <SpaceBetween size="l">
              <Facts person={data} />
              <PersonCharts filters={filters} person={data.id} />
              <Identities person={data} />
            </SpaceBetween>
          )}
        </QueryPanel>
      </SpaceBetween>
    </Page>
  );
}

function Facts({ person }: { person: PersonDetail }) {
  const assistantName = useAssistantName();
  return (
    <Container>
      <KeyValuePairs
        columns={4}
        items={[
          { label: text.people.email, value: person.email ?? '–' },
          { label: text.people.teams, value: <TeamLinks teams={person.teams} /> },
          { label: text.person.assistants, value: person.providers.map(assistantName).sort().join(', ') || text.person.noAssistant },
          { label: text.person.activeDays, value: count(person.active_days) },
          { label: text.people.firstActive, value: day(person.first_active) },
          { label: text.people.lastActive, value: day(person.last_active) },
        ]}
      />
    </Container>
  );
}
