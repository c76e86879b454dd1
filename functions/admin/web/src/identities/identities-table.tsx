import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Header from '@cloudscape-design/components/header';
import Link from '@cloudscape-design/components/link';
import Select from '@cloudscape-design/components/select';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Table from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { useApi } from '../api/client';
import { identityPages } from '../api/queries';
import type { IdentityRow } from '../api/words';
import { count } from '../format';
import { useFollow } from '../shell/follow';
import { QueryPanel } from '../shell/query-panel';
import { text } from '../strings';
import { nameOf } from './pairs';
import { Known } from './suggestions';
import { useDecide } from './use-decide';

const t = text.identities;
const STATUSES = ['all', 'unmatched'] as const;
type Status = (typeof STATUSES)[number];

/** Every identity, page by page, with its person, why they are linked, and how to break a link. */
export function IdentitiesTable() {
  const follow = useFollow();
  const [status, setStatus] = useState<Status>('unmatched');
  const [typed, setTyped] = useState('');
  const [sought, setSought] = useState('');
  const query = useInfiniteQuery(identityPages(useApi(), { status, ...(sought !== '' && { search: sought }) }));
  const rows = query.data?.pages.flatMap((page) => page.rows) ?? [];
  const total = query.data?.pages[0]?.total ?? 0;
  return (
    <QueryPanel query={query}>
      <Table
        items={rows}
        trackBy="id"
        wrapLines
        ariaLabels={{ tableLabel: t.list }}
        header={
          <Header variant="h2" counter={`(${count(total)})`} description={t.listDescription}>
            {t.list}
          </Header>
        }
        filter={
          <SpaceBetween direction="horizontal" size="s">
            <TextFilter
              filteringText={typed}
              filteringAriaLabel={t.find}
              filteringPlaceholder={t.find}
              countText={text.table.matches(total)}
              onChange={({ detail }) => setTyped(detail.filteringText)}
              onDelayedChange={({ detail }) => setSought(detail.filteringText.trim())}
            />
            <Select
              ariaLabel={t.status}
              selectedOption={{ value: status, label: t.statuses[status] }}
              options={STATUSES.map((value) => ({ value, label: t.statuses[value] }))}
              onChange={({ detail }) => setStatus(STATUSES.find((one) => one === detail.selectedOption.value) ?? 'all')}
            />
          </SpaceBetween>
        }
        empty={text.table.noMatch}
        footer={
          query.hasNextPage && (
            <Box textAlign="center">
              <SpaceBetween size="xs">
                <span>{t.shown(rows.length, total)}</span>
                <Button loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
                  {t.loadMore}
                </Button>
              </SpaceBetween>
            </Box>
          )
        }
        columnDefinitions={[
          { id: 'name', header: t.name, isRowHeader: true, minWidth: 200, cell: (row) => <Known identity={row} /> },
          {
            id: 'person',
            header: t.person,
            minWidth: 160,
            cell: ({ person }) => (
              <Link href={`/people/${encodeURIComponent(person.id)}`} onFollow={follow}>
                {person.name ?? person.email ?? person.id}
              </Link>
            ),
          },
          { id: 'linked', header: t.linked, minWidth: 280, cell: (row) => <Links row={row} /> },
          { id: 'apart', header: t.keptApart, minWidth: 220, cell: (row) => <Apart row={row} /> },
        ]}
      />
    </QueryPanel>
  );
}

function Links({ row }: { row: IdentityRow }) {
  const decide = useDecide();
  if (row.links.length === 0) return '–';
  return (
    <SpaceBetween size="xs">
      {row.links.map(({ identity, reason }) => (
        <div key={identity.id}>
          <Known identity={identity} />
          <Box variant="small">{t.linkReason[reason]}</Box>{' '}
          <Button
            variant="inline-link"
            ariaLabel={t.refuseOf(nameOf(row), nameOf(identity))}
            loading={decide.isPending && decide.variables.one.id === identity.id}
            onClick={() => decide.mutate({ one: identity, other: row, verdict: 'different' })}
          >
            {t.breakLink}
          </Button>
        </div>
      ))}
    </SpaceBetween>
  );
}

function Apart({ row }: { row: IdentityRow }) {
  const decide = useDecide();
  if (row.kept_apart.length === 0) return '–';
  return (
    <SpaceBetween size="xs">
      {row.kept_apart.map((other) => (
        <div key={other.id}>
          <Known identity={other} />
          <Button
            variant="inline-link"
            ariaLabel={t.undoOf(nameOf(row), nameOf(other))}
            loading={decide.isPending && decide.variables.other.id === other.id}
            onClick={() => decide.mutate({ one: row, other, verdict: 'undecided' })}
          >
            {t.undo}
          </Button>
        </div>
      ))}
    </SpaceBetween>
  );
}
