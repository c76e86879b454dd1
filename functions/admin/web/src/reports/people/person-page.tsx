import Container from '@cloudscape-design/components/container';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import { useLocation, useParams } from 'react-router';

import { useApi } from '../../api/client';
import { people } from '../../api/queries';
import { count, day } from '../../format';
import { Page } from '../../shell/page';
import { text } from '../../strings';
import { asked } from '../filters/filters';
import { FiltersBar } from '../filters/filters-bar';
import { useFilters } from '../filters/use-filters';
import { UsageCharts } from '../usage/usage-charts';

/** What one person did over time. */
export default function PersonPage() {
  const { id = '' } = useParams();
  const { search } = useLocation();
  const [filters] = useFilters();
  const everybody = useQuery(people(useApi(), asked(filters))).data?.rows;
  const person = everybody?.find((one) => one.id === id);
  return (
    <Page title={person?.name ?? person?.email ?? id} above={[{ text: text.people.title, href: `/people${search}` }]}>
      <SpaceBetween size="l">
        <FiltersBar />
        <Container>
          <KeyValuePairs
            columns={4}
            items={[
              { label: text.people.email, value: person?.email ?? '–' },
              { label: text.people.teams, value: person === undefined || person.teams.length === 0 ? '–' : person.teams.map((team) => team.name ?? team.id).join(', ') },
              { label: text.people.activeDays, value: count(person?.active_days) },
              { label: text.people.lastActive, value: day(person?.last_active) },
            ]}
          />
        </Container>
        <UsageCharts filters={filters} subject={id} />
      </SpaceBetween>
    </Page>
  );
}
