import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useLocation, useParams } from 'react-router';

import { useApi } from '../../api/client';
import { people, usage } from '../../api/queries';
import type { Person } from '../../api/words';
import { count, day } from '../../format';
import { Page } from '../../shell/page';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { useAssistantName } from '../assistant-names';
import { asked, type Filters } from '../filters/filters';
import { FiltersBar } from '../filters/filters-bar';
import { useFilters } from '../filters/use-filters';
import { UsageCharts } from '../usage/usage-charts';

/** What one person did over time. */
export default function PersonPage() {
  const { id = '' } = useParams();
  const { search } = useLocation();
  const [filters] = useFilters();
  const query = useQuery(people(useApi(), asked(filters)));
  const person = query.data?.rows.find((one) => one.id === id);
  return (
    <Page title={person?.name ?? person?.email ?? id} above={[{ text: text.people.title, href: `/people${search}` }]}>
      <SpaceBetween size="l">
        <FiltersBar />
        <QueryPanel query={query}>
          {person === undefined ? (
            <Alert type="info" header={text.people.notSeen}>
              {text.people.notSeenDetail}
            </Alert>
          ) : (
            <SpaceBetween size="l">
              <Facts person={person} />
              <OtherIds person={person} filters={filters} />
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

/** Some providers know the same person by another id. Usage is asked by id, so theirs is not in the charts. */
function OtherIds({ person, filters }: { person: Person; filters: Filters }) {
  const assistantName = useAssistantName();
  const { data } = useQuery({
    ...usage(useApi(), { ...asked(filters), interval: 'total', subject: person.id, level: 'user', metrics: 'active' }),
    enabled: person.providers.length > 1,
  });
  if (data === undefined) return null;
  const drawn = new Set(data.rows.filter(({ connector }) => person.connectors.includes(connector)).map(({ provider }) => provider));
  const missing = person.providers.filter((provider) => !drawn.has(provider));
  return missing.length === 0 ? null : <Alert type="warning">{text.people.otherIds(missing.map(assistantName))}</Alert>;
}
