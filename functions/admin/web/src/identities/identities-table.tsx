import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import { useApi } from '../api/client';
import { allRows } from '../api/paged';
import { type IdentitiesQuery, identityPages, providers } from '../api/queries';
import type { IdentityRef, IdentityRow } from '../api/types';
import { day } from '../format';
import { useAssistantName } from '../reports/assistant-names';
import { csv } from '../reports/chart/csv';
import { useAddress } from '../reports/filters/use-address';
import { PersonLink } from '../reports/links';
import { type ReportColumn, ReportTable } from '../reports/table/report-table';
import { writeTableState } from '../reports/table/table-state';
import { usePages } from '../reports/table/use-pages';
import { text } from '../strings';
import { nameOf } from './pairs';
import { IdentityName } from './suggestions';
import { useDecide } from './use-decide';

const t = text.identities;
const STATUSES = ['all', 'unmatched', 'suggested'] as const;
const ANY_PROVIDER = '';

/** Lists every identity with its person and the reason of each link. An operator can break a link. */
export function IdentitiesTable() {
  const api = useApi();
  const [address, setAddress] = useAddress();
  const search = address.get('search') ?? '';
  const status = STATUSES.find((one) => one === address.get('status')) ?? 'all';
  const provider = address.get('provider') ?? ANY_PROVIDER;
  const change = (next: Parameters<typeof writeTableState>[1]) => setAddress((now) => writeTableState(now, next), { replace: true });
  const query: IdentitiesQuery = {
    status,
    ...(search.trim() !== '' && { search: search.trim() }),
    ...(provider !== ANY_PROVIDER && { provider }),
  };
  const pagedQuery = identityPages(api, query);
  const pages = usePages(pagedQuery);
  const isNarrowed = search.trim() !== '' || status !== 'all' || provider !== ANY_PROVIDER;
  const all = useQuery(providers(api)).data ?? [];
  const choices = [
    { value: ANY_PROVIDER, label: t.allProviders },
    ...all.map(({ id, name }) => ({ value: id, label: name })),
  ];
  return (
    <ReportTable<IdentityRow>
      title={t.list}
      description={t.listDescription}
      total={pages.first?.total ?? null}
      items={pages.rows}
      keyOf={({ id }) => id}
      columns={COLUMNS}
      pages={pages}
      search={{ label: t.find, value: search, onChange: (next) => change({ search: next }) }}
      controls={
        <SpaceBetween direction="horizontal" size="s">
          <Select
            ariaLabel={t.status}
            selectedOption={{ value: status, label: t.statuses[status] }}
            options={STATUSES.map((value) => ({ value, label: t.statuses[value] }))}
            onChange={({ detail }) => change({ status: detail.selectedOption.value === 'all' ? '' : (detail.selectedOption.value ?? '') })}
            expandToViewport
          />
          <Select
            ariaLabel={t.provider}
            selectedOption={choices.find(({ value }) => value === provider) ?? { value: provider, label: provider }}
            options={choices}
            onChange={({ detail }) => change({ provider: detail.selectedOption.value ?? '' })}
            expandToViewport
          />
        </SpaceBetween>
      }
      onClear={isNarrowed ? () => change({ search: '', status: '', provider: '' }) : undefined}
      empty={t.noneYet}
      file={{ name: 'identities.csv', content: async () => asCsv(await allRows(pagedQuery)) }}
    />
  );
}

const COLUMNS: ReportColumn<IdentityRow>[] = [
  { id: 'name', header: t.name, isRowHeader: true, minWidth: 200, cell: (row) => <IdentityName identity={row} /> },
  {
    id: 'person',
    header: t.person,
    minWidth: 160,
    cell: ({ person }) => <PersonLink person={person}>{person.name ?? person.email ?? person.id}</PersonLink>,
  },
  { id: 'linked', header: t.linked, minWidth: 260, cell: (row) => <Links row={row} /> },
  { id: 'apart', header: t.keptApart, minWidth: 200, cell: (row) => <Apart row={row} /> },
  { id: 'first', header: t.firstSeen, minWidth: 120, cell: ({ first_seen }) => day(first_seen) },
];

function Links({ row }: { row: IdentityRow }) {
  const decide = useDecide();
  if (row.links.length === 0) return '–';
  return row.links.map(({ identity, reason }) => (
    <Other key={identity.id} identity={identity} note={t.linkReason[reason]}>
      <Button
        variant="inline-link"
        ariaLabel={t.rejectOf(nameOf(row), nameOf(identity))}
        loading={decide.isPending && decide.variables.one.id === identity.id}
        onClick={() => decide.mutate({ one: identity, other: row, verdict: 'different' })}
      >
        {t.separate}
      </Button>
    </Other>
  ));
}

function Apart({ row }: { row: IdentityRow }) {
  const decide = useDecide();
  if (row.kept_apart.length === 0) return '–';
  return row.kept_apart.map((other) => (
    <Other key={other.id} identity={other}>
      <Button
        variant="inline-link"
        ariaLabel={t.withdrawOf(nameOf(row), nameOf(other))}
        loading={decide.isPending && decide.variables.other.id === other.id}
        onClick={() => decide.mutate({ one: row, other, verdict: 'undecided' })}
      >
        {t.withdraw}
      </Button>
    </Other>
  ));
}

/** Another identity in a row, with the action for the pair. */
function Other({ identity, note, children }: { identity: IdentityRef; note?: string; children: ReactNode }) {
  const assistantName = useAssistantName();
  return (
    <Box padding={{ bottom: 'xxs' }}>
      {assistantName(identity.provider)}: {nameOf(identity)}
      <Box fontSize="body-s" color="text-body-secondary">
        {note !== undefined && `${note} · `}
        {children}
      </Box>
    </Box>
  );
}

function asCsv(rows: readonly IdentityRow[]): string {
  return csv(
    ['id', 'provider', 'subject', 'name', 'email', 'connectors', 'first_seen', 'person', 'person_name', 'person_email', 'linked_with', 'kept_apart_from'],
    rows.map((row) => [
      row.id,
      row.provider,
      row.subject,
      row.name,
      row.email,
      row.connectors.join(' '),
      row.first_seen,
      row.person.id,
      row.person.name,
      row.person.email,
      row.links.map(({ identity, reason }) => `${identity.id} (${reason})`).join(', '),
      row.kept_apart.map(({ id }) => id).join(', '),
    ]),
  );
}
