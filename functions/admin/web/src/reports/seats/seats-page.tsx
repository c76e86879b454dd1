import { useCollection } from '@cloudscape-design/collection-hooks';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import Pagination from '@cloudscape-design/components/pagination';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import Table from '@cloudscape-design/components/table';
import TextFilter from '@cloudscape-design/components/text-filter';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useSearchParams } from 'react-router';

import { useApi } from '../../api/client';
import { seats } from '../../api/queries';
import type { SeatRow, SeatsSummary } from '../../api/words';
import { count, day, percent } from '../../format';
import { BigNumber } from '../../shell/big-number';
import { Page } from '../../shell/page';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { csv, download } from '../chart/csv';
import { EmptyState } from '../empty-state';
import { askedOfNow } from '../filters/filters';
import { FiltersBar } from '../filters/filters-bar';
import { useFilters } from '../filters/use-filters';

const PAGE = 25;
const USES = ['active', 'idle', 'never', 'unknown'] as const;
type Use = SeatRow['use'];
const isUse = (value: string | null): value is Use => USES.some((use) => use === value);
/** The seats whose use is known. */
const stated = ({ total, unknown }: SeatsSummary) => total - unknown;
/** A seat that was never active is idle for longest; one of unknown use comes last. */
const idleness = ({ use, idle_days }: SeatRow) => (use === 'unknown' ? -1 : (idle_days ?? Number.MAX_SAFE_INTEGER));
const BY_IDLENESS = { sortingField: 'idle_days', sortingComparator: (a: SeatRow, b: SeatRow) => idleness(a) - idleness(b) };
const nameOf = (seat: SeatRow) => seat.subject.name ?? seat.subject.email ?? seat.subject.id;

/** Who holds a licence, and who uses it. */
export default function SeatsPage() {
  const [search, setSearch] = useSearchParams();
  const [filters] = useFilters();
  const query = useQuery(seats(useApi(), askedOfNow(filters)));
  const { data } = query;
  const wanted = search.get('use');
  const use: Use | 'all' = isUse(wanted) ? wanted : 'all';
  const rows = useMemo(() => (data?.rows ?? []).filter((seat) => use === 'all' || seat.use === use), [data, use]);
  const { items, collectionProps, filterProps, filteredItemsCount, paginationProps } = useCollection(rows, {
    filtering: {
      filteringFunction: (seat, sought) =>
        [nameOf(seat), seat.plan ?? '', seat.assigning_team ?? '', seat.last_activity_in ?? ''].some((part) =>
          part.toLowerCase().includes(sought.toLowerCase()),
        ),
      empty: <EmptyState filters={filters} />,
      noMatch: text.table.noMatch,
    },
    pagination: { pageSize: PAGE },
    sorting: { defaultState: { sortingColumn: BY_IDLENESS, isDescending: true } },
  });
  const summary = data?.summary;
  return (
    <Page title={text.seats.title} description={text.seats.description}>
      <SpaceBetween size="l">
        <FiltersBar hasInterval={false} hasRange={false} />
        <QueryPanel query={query}>
          <SpaceBetween size="l">
            {summary !== undefined && summary.total > 0 && <Figures summary={summary} />}
            <Table
              {...collectionProps}
              items={items}
              trackBy={(seat) => `${seat.connector} ${seat.subject.id}`}
              ariaLabels={{ tableLabel: text.seats.title }}
              stickyHeader
              filter={
                <SpaceBetween direction="horizontal" size="s">
                  <TextFilter
                    {...filterProps}
                    filteringAriaLabel={text.seats.find}
                    filteringPlaceholder={text.seats.find}
                    countText={text.table.matches(filteredItemsCount ?? 0)}
                  />
                  <SegmentedControl
                    label={text.seats.use}
                    selectedId={use}
                    options={(['all', ...USES] as const).map((id) => ({ id, text: text.seats.uses[id] }))}
                    onChange={({ detail }) =>
                      setSearch((now) => {
                        const next = new URLSearchParams(now);
                        if (detail.selectedId === 'all') next.delete('use');
                        else next.set('use', detail.selectedId);
                        return next;
                      })
                    }
                  />
                </SpaceBetween>
              }
              pagination={<Pagination {...paginationProps} />}
              header={
                <Header
                  counter={data === undefined ? '' : `(${count(rows.length)})`}
                  description={data?.rows[0] === undefined ? undefined : text.seats.asOf(day(data.rows[0].day))}
                  actions={
                    <Button iconName="download" onClick={() => download('seats.csv', asCsv(rows))}>
                      {text.chart.csv}
                    </Button>
                  }
                >
                  {text.seats.licences}
                </Header>
              }
              columnDefinitions={[
                {
                  id: 'name',
                  header: text.seats.person,
                  isRowHeader: true,
                  cell: nameOf,
                  sortingComparator: (a, b) => nameOf(a).localeCompare(nameOf(b)),
                },
                { id: 'use', header: text.seats.use, cell: (seat) => <SeatUse seat={seat} /> },
                {
                  id: 'idle',
                  header: text.seats.idleDays,
                  ...BY_IDLENESS,
                  cell: (seat) => count(seat.idle_days),
                },
                { id: 'last', header: text.seats.lastActivity, sortingField: 'last_activity_at', cell: (seat) => day(seat.last_activity_at?.slice(0, 10)) },
                { id: 'in', header: text.seats.in, cell: (seat) => seat.last_activity_in ?? '–' },
                { id: 'plan', header: text.seats.plan, cell: (seat) => seat.plan ?? '–' },
                { id: 'team', header: text.seats.team, cell: (seat) => seat.assigning_team ?? '–' },
                { id: 'assigned', header: text.seats.assigned, sortingField: 'assigned_at', cell: (seat) => day(seat.assigned_at?.slice(0, 10)) },
                ...(summary !== undefined && summary.pending_cancellation > 0
                  ? [{ id: 'ends', header: text.seats.ends, cell: (seat: SeatRow) => day(seat.pending_cancellation) }]
                  : []),
              ]}
            />
          </SpaceBetween>
        </QueryPanel>
      </SpaceBetween>
    </Page>
  );
}

function Figures({ summary }: { summary: SeatsSummary }) {
  const known = stated(summary);
  // Where the use of no seat is known, the number of active, idle and unused seats is unknown too.
  const used = (seats: number) => count(known === 0 ? null : seats);
  return (
    <Container>
      <KeyValuePairs
        columns={4}
        items={[
          {
            label: text.seats.total,
            value: <BigNumber aside={summary.unknown > 0 ? text.seats.notTold(count(summary.unknown)) : undefined}>{count(summary.total)}</BigNumber>,
          },
          {
            label: text.seats.active,
            value: <BigNumber aside={known > 0 ? percent(summary.active_28d / known) : undefined}>{used(summary.active_28d)}</BigNumber>,
          },
          { label: text.seats.idle, value: <BigNumber>{used(summary.idle_28d)}</BigNumber> },
          { label: text.seats.never, value: <BigNumber>{used(summary.never_active)}</BigNumber> },
        ]}
      />
    </Container>
  );
}

function SeatUse({ seat }: { seat: SeatRow }) {
  const types = { active: 'success', idle: 'warning', never: 'stopped', unknown: 'info' } as const;
  return <StatusIndicator type={types[seat.use]}>{text.seats.uses[seat.use]}</StatusIndicator>;
}

function asCsv(rows: readonly SeatRow[]): string {
  return csv(
    ['day', 'provider', 'connector', 'id', 'name', 'email', 'plan', 'team', 'assigned_at', 'last_activity_at', 'last_activity_in', 'use', 'idle_days', 'pending_cancellation'],
    rows.map((seat) => [
      seat.day,
      seat.provider,
      seat.connector,
      seat.subject.id,
      seat.subject.name,
      seat.subject.email,
      seat.plan,
      seat.assigning_team,
      seat.assigned_at,
      seat.last_activity_at,
      seat.last_activity_in,
      seat.use,
      seat.idle_days,
      seat.pending_cancellation,
    ]),
  );
}
