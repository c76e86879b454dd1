import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useParams, useSearchParams } from 'react-router';

import { useApi } from '../../api/client';
import { person as personOf } from '../../api/queries';
import type { Person } from '../../api/words';
import { count, day } from '../../format';
import { Page } from '../../shell/page';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { useAssistantName } from '../assistant-names';
import { asked, carried } from '../filters/filters';
import { FiltersBar } from '../filters/filters-bar';
import { useFilters } from '../filters/use-filters';
import { UsageCharts } from '../usage/usage-charts';

/** What one person did over time. */
export default function PersonPage() {
  const { id = '' } = useParams();
  const [address] = useSearchParams();
  const [filters] = useFilters();
  const { from, to } = asked(filters);
  const query = useQuery(personOf(useApi(), id, { from, to }));
  const person = query.data;
  return (
    <Page title={person?.name ?? person?.email ?? id} above={[{ text: text.people.title, href: carried('/people', address) }]}>
      <SpaceBetween size="l">
        <FiltersBar />
        <QueryPanel query={query}>
          {person === undefined || person === null ? (
            <Alert type="info" header={text.people.notSeen}>
              {text.people.notSeenDetail}
            </Alert>
          ) : (
            <SpaceBetween size="l">
              <Facts person={person} />
              <UsageCharts filters={filters} person={person} />
            </SpaceBetween>
          )}
        </QueryPanel>
      </SpaceBetween>
    </Page>
  );
}

function Facts({ person }: { person: Person }) {
  const assistantName = useAssistantName();
  return (
    <Container>
      <KeyValuePairs
        columns={4}
        items={[
          { label: text.people.email, value: person.email ?? '–' },
          { label: text.people.teams, value: person.teams.map((team) => team.name ?? team.id).join(', ') || '–' },
          { label: text.people.assistants, value: person.providers.map(assistantName).join(', ') },
          { label: text.people.activeDays, value: count(person.active_days) },
          { label: text.people.lastActive, value: day(person.last_active) },
        ]}
      />
    </Container>
  );
}
