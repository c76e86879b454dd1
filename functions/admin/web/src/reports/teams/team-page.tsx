import Alert from '@cloudscape-design/components/alert';
import Container from '@cloudscape-design/components/container';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tabs from '@cloudscape-design/components/tabs';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useParams, useSearchParams } from 'react-router';

import { useApi } from '../../api/client';
import { activePeople, teams } from '../../api/queries';
import type { TeamRow } from '../../api/types';
import { count, day } from '../../format';
import { BigNumber } from '../../shell/big-number';
import { Page } from '../../shell/page';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { addressOfTeam, teamName } from '../addresses';
import { CostPanels } from '../costs/cost-panels';
import { queryOf, hrefWithFilters, type Filters } from '../filters/filters';
import { FiltersBar } from '../filters/filters-bar';
import { useAddress } from '../filters/use-address';
import { useFilters } from '../filters/use-filters';
import { useConnectorLabels } from '../connector-labels';
import { PeopleTable } from '../people/people-table';
import { SeatsTable } from '../seats/seats-table';
import { writeTableState } from '../table/table-state';
import { NoTokens } from '../tokens/no-tokens';
import { TokenTable } from '../tokens/token-table';
import { UsageCharts } from '../usage/usage-charts';
import { NoSeats } from './no-seats';

const TABS = ['people', 'usage', 'tokens', 'costs', 'seats'] as const;
type Tab = (typeof TABS)[number];

/** The page of one team: its people, and their usage, tokens, costs and seats while they were members. */
export default function TeamPage() {
  // In the API's form: `connector/id`, or `@` and a name in the mapping file.
  const { '*': address = '' } = useParams();
  const [search] = useSearchParams();
  const [filters] = useFilters();
  const { from, to } = filters;
  // Not limited to the chosen connector: the team exists independently of the filter.
  const id = address.split('/').at(-1) ?? '';
  const query = useQuery(teams(useApi(), { from, to, search: id }));
  const team = query.data?.rows.find((row) => addressOfTeam(row) === address);
  const breadcrumbs = [{ text: text.teams.title, href: hrefWithFilters('/teams', search) }];
  if (query.data !== undefined && team === undefined) {
    return (
      <Page title={text.teams.missing} breadcrumbs={breadcrumbs}>
        <Alert type="info">{text.teams.missingDetail}</Alert>
      </Page>
    );
  }
  return (
    <Page title={team === undefined ? id : teamName(team)} description={text.teams.asOfEachDay} breadcrumbs={breadcrumbs}>
      <SpaceBetween size="l">
        <FiltersBar />
        <QueryPanel query={query}>
          {team !== undefined && (
            <SpaceBetween size="l">
              <Facts team={team} address={address} filters={filters} />
              <Parts address={address} filters={filters} />
            </SpaceBetween>
          )}
        </QueryPanel>
      </SpaceBetween>
    </Page>
  );
}

function Facts({ team, address, filters }: { team: TeamRow; address: string; filters: Filters }) {
  const { assistantName, connectorName } = useConnectorLabels();
  const active = useQuery(activePeople(useApi(), { ...queryOf(filters), interval: 'total', team: address }));
  return (
    <Container>
      <KeyValuePairs
        columns={4}
        items={[
          { label: text.teams.people, value: <BigNumber aside={text.teams.asOf(day(filters.to))}>{count(team.people)}</BigNumber> },
          {
            label: text.teams.active,
            value: (
              <QueryPanel query={active}>
                <BigNumber>{count(active.data?.rows[0]?.active)}</BigNumber>
              </QueryPanel>
            ),
          },
          { label: text.teams.assistant, value: team.provider === null ? text.teams.mappingFile : assistantName(team.provider) },
          { label: text.teams.connector, value: team.connector === null ? '–' : connectorName(team.connector) },
        ]}
      />
    </Container>
  );
}

/** The tabs of a team. Each loads its data when it is opened. */
function Parts({ address: team, filters }: { address: string; filters: Filters }) {
  const [search, setSearch] = useAddress();
  const shown = TABS.find((tab) => tab === search.get('tab')) ?? 'people';
  const parts: Record<Tab, () => ReactNode> = {
    people: () => <PeopleTable filters={filters} team={team} description={text.teams.membersDescription} file="team" />,
    usage: () => <UsageCharts filters={filters} team={team} />,
    tokens: () => (
      <SpaceBetween size="l">
        {(['model', 'person'] as const).map((by) => (
          <TokenTable key={by} by={by} query={{ ...queryOf(filters), team }} only={{ team }} empty={<NoTokens filters={filters} />} />
        ))}
      </SpaceBetween>
    ),
    costs: () => <CostPanels filters={filters} team={team} />,
    seats: () => <SeatsTable filters={filters} team={team} empty={<NoSeats filters={filters} />} />,
  };
  return (
    <Tabs
      activeTabId={shown}
      ariaLabel={text.teams.parts}
      onChange={({ detail }) =>
        // Two tabs have a table. They do not share search and sort order.
        setSearch((now) => writeTableState(now, { tab: detail.activeTabId, sort: '', order: '', search: '', use: '' }))
      }
      tabs={TABS.map((id) => ({ id, label: text.teams.tabs[id], content: id === shown && parts[id]() }))}
    />
  );
}
