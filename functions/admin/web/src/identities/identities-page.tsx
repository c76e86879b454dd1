import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';

import { useApi } from '../api/client';
import { identitiesWithSuggestions } from '../api/queries';
import type { IdentitiesSummary } from '../api/types';
import { count } from '../format';
import { useFollow } from '../shell/follow';
import { Page } from '../shell/page';
import { QueryPanel } from '../shell/query-panel';
import { text } from '../strings';
import { IdentitiesTable } from './identities-table';
import { MappingPanel } from './mapping-panel';
import { Suggestions } from './suggestions';

const t = text.identities;

/** Shows which identities are one person and why, and lets an operator correct it. */
export default function IdentitiesPage() {
  const query = useQuery(identitiesWithSuggestions(useApi()));
  const { data } = query;
  return (
    <Page title={t.title} description={t.description}>
      <SpaceBetween size="l">
        <QueryPanel query={query}>
          {data !== undefined && (data.summary.identities === 0 ? <NoneYet /> : <Summary summary={data.summary} />)}
        </QueryPanel>
        {data !== undefined && data.summary.identities > 0 && <Suggestions rows={data.rows} total={data.total} />}
        {data !== undefined && data.summary.identities > 0 && <IdentitiesTable />}
        <MappingPanel />
      </SpaceBetween>
    </Page>
  );
}

function Summary({ summary }: { summary: IdentitiesSummary }) {
  const { identities, people, unmatched, mapping } = summary;
  const note = t.mappedNote(mapping.unknown, mapping.ambiguous);
  return (
    <Container header={<Header variant="h2">{t.summary}</Header>}>
      <KeyValuePairs
        columns={4}
        items={[
          { label: t.count, value: count(identities) },
          { label: t.people, value: count(people) },
          { label: t.unmatched, value: count(unmatched) },
          { label: t.mapped, value: note === '' ? count(mapping.entries) : `${count(mapping.entries)} (${note})` },
        ]}
      />
    </Container>
  );
}

function NoneYet() {
  const follow = useFollow();
  return (
    <Container>
      <Box textAlign="center" padding="l">
        <SpaceBetween size="s">
          <Box variant="h2">{t.noneYet}</Box>
          <Box color="text-body-secondary">{t.noneYetDetail}</Box>
          <Button href="/connectors" onFollow={follow}>
            {t.connect}
          </Button>
        </SpaceBetween>
      </Box>
    </Container>
  );
}
