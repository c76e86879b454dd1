import Box from '@cloudscape-design/components/box';
import Container from '@cloudscape-design/components/container';
import KeyValuePairs from '@cloudscape-design/components/key-value-pairs';
import SegmentedControl from '@cloudscape-design/components/segmented-control';
import SpaceBetween from '@cloudscape-design/components/space-between';
import StatusIndicator from '@cloudscape-design/components/status-indicator';
import type { ReactNode } from 'react';

import { useApi } from '../../api/client';
import { allRows } from '../../api/paged';
import { seatPages, type SeatsQuery } from '../../api/queries';
import type { SeatRow, SeatsSummary } from '../../api/types';
import { count, day, percent } from '../../format';
import { BigNumber } from '../../shell/big-number';
import { text } from '../../strings';
import { teamName } from '../addresses';
import { csv } from '../chart/csv';
import { scopeOf, type Filters } from '../filters/filters';
import { useAddress } from '../filters/use-address';
import { type ConnectorLabels, useConnectorLabels } from '../connector-labels';
import { PersonLink, TeamLinks } from '../links';
import { type ReportColumn, ReportTable } from '../table/report-table';
import { tableQuery, useTableState, writeTableState } from '../table/table-state';
import { usePages } from '../table/use-pages';

type Sort = NonNullable<SeatsQuery['sort']>;
const SORTS = ['name', 'plan', 'assigned', 'last_activity'] as const satisfies Sort[];
/** The seat with the longest idle time comes first. */
const BY_IDLENESS = { sort: 'last_activity', order: 'asc' } as const;
const USES = ['active', 'idle', 'never', 'unknown'] as const;
type Use = SeatRow['use'];
const isUse = (value: string | null): value is Use => USES.some((use) => use === value);
/** The number of seats with usage data. */
const withUsageData = ({ total, unknown }: SeatsSummary) => total - unknown;

interface Props {
  filters: Filters;
  /** Limits the table to a team, given by its address. */
  team?: string;
  /** Shown if there are no seats. */
  empty: ReactNode;
}

/** The table of seats with totals by use. */
export function SeatsTable({ filters, team, empty }: Props) {
  const [address, setAddress] = useAddress();
  const [table, change] = useTableState<Sort>(SORTS, BY_IDLENESS);
  const labels = useConnectorLabels();
  const requested = address.get('use');
  const use: Use | 'all' = isUse(requested) ? requested : 'all';
  const query: SeatsQuery = { ...scopeOf(filters), ...tableQuery(table), ...(use !== 'all' && { use }), ...(team !== undefined && { team }) };
  const pagedQuery = seatPages(useApi(), query);
  const pages = usePages(pagedQuery);
  const { first } = pages;
  const isNarrowed = table.search.trim() !== '' || use !== 'all';
  const [row] = first?.rows ?? [];
  return (
    <SpaceBetween size="l">
      {first !== undefined && first.summary.total > 0 && <Figures summary={first.summary} />}
      <ReportTable<SeatRow, Sort>
        title={text.seats.list}
        description={row === undefined ? undefined : text.seats.asOf(day(row.day))}
        total={first?.total ?? null}
        items={pages.rows}
        keyOf={(seat) => `${seat.connector} ${seat.subject.id}`}
        columns={columnsOf(labels, (first?.summary.pending_cancellation ?? 0) > 0)}
        pages={pages}
        sorting={table}
        onSort={change}
        search={{ label: text.seats.find, value: table.search, onChange: (search) => change({ search }) }}
        controls={
          <SegmentedControl
            label={text.seats.use}
            selectedId={use}
            options={(['all', ...USES] as const).map((id) => ({ id, text: text.seats.uses[id] }))}
            onChange={({ detail }) => setAddress((now) => withUse(now, detail.selectedId))}
          />
        }
        onClear={isNarrowed ? () => setAddress((now) => withUse(writeTableState(now, { search: '' }), 'all')) : undefined}
        empty={empty}
        file={{ name: 'seats.csv', content: async () => asCsv(await allRows(pagedQuery), labels) }}
      />
    </SpaceBetween>
  );
}

function withUse(address: URLSearchParams, use: string): URLSearchParams {
  const next = new URLSearchParams(address);
  if (use === 'all') next.delete('use');
  else next.set('use', use);
  return next;
}

function columnsOf({ assistantName }: ConnectorLabels, hasEnds: boolean): ReportColumn<SeatRow, Sort>[] {
  return [
    { id: 'name', header: text.seats.person, sort: 'name', isRowHeader: true, minWidth: 160, cell: (seat) => <Holder seat={seat} /> },
    { id: 'use', header: text.seats.use, minWidth: 140, cell: (seat) => <SeatUse seat={seat} /> },
    { id: 'last', header: text.seats.lastActivity, sort: 'last_activity', minWidth: 130, cell: (seat) => <LastActivity seat={seat} /> },
    { id: 'idle', header: text.seats.idleDays, isNumber: true, cell: (seat) => count(seat.idle_days) },
    { id: 'assistant', header: text.seats.assistant, minWidth: 130, cell: (seat) => assistantName(seat.provider) },
    { id: 'plan', header: text.seats.plan, sort: 'plan', cell: ({ plan, role }) => plan ?? (role === null ? '–' : text.seats.member(role)) },
    { id: 'teams', header: text.seats.teams, minWidth: 120, cell: ({ teams }) => <TeamLinks teams={teams} /> },
    { id: 'team', header: text.seats.assigningTeam, cell: (seat) => seat.assigning_team ?? '–' },
    { id: 'assigned', header: text.seats.assigned, sort: 'assigned', minWidth: 130, cell: (seat) => day(seat.assigned_at?.slice(0, 10)) },
    ...(hasEnds ? [{ id: 'ends', header: text.seats.ends, cell: (seat: SeatRow) => day(seat.pending_cancellation) }] : []),
  ];
}

/** Links to the person if known. The e-mail address distinguishes people with equal names. */
function Holder({ seat: { subject, person } }: { seat: SeatRow }) {
  const { id, name, email } = subject;
  const shown = name ?? email ?? id;
  return (
    <>
      {person === null ? <span>{shown}</span> : <PersonLink person={person}>{shown}</PersonLink>}
      {email !== null && email !== shown && (
        <Box fontSize="body-s" color="text-body-secondary">
          {email}
        </Box>
      )}
    </>
  );
}

/** The day and the editor. Some providers append versions to the name of the editor. */
function LastActivity({ seat: { last_activity_at, last_activity_in } }: { seat: SeatRow }) {
  return (
    <>
      {day(last_activity_at?.slice(0, 10))}
      {last_activity_in !== null && (
        <Box fontSize="body-s" color="text-body-secondary">
          <span title={last_activity_in}>{last_activity_in.split('/')[0]}</span>
        </Box>
      )}
    </>
  );
}

function Figures({ summary }: { summary: SeatsSummary }) {
  const labels = withUsageData(summary);
  // Without any usage data the numbers of active, idle and unused seats are unknown.
  const used = (seats: number) => count(labels === 0 ? null : seats);
  return (
    <Container>
      <KeyValuePairs
        columns={4}
        items={[
          {
            label: text.seats.total,
            value: <BigNumber aside={summary.unknown > 0 ? text.seats.unknownUse(count(summary.unknown)) : undefined}>{count(summary.total)}</BigNumber>,
          },
          {
            label: text.seats.active,
            value: <BigNumber aside={labels > 0 ? percent(summary.active_28d / labels) : undefined}>{used(summary.active_28d)}</BigNumber>,
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

function asCsv(rows: readonly SeatRow[], { connectorName }: ConnectorLabels): string {
  return csv(
    ['day', 'provider', 'connector', 'id', 'name', 'email', 'plan', 'role', 'team', 'assigned_at', 'last_activity_at', 'last_activity_in', 'use', 'idle_days', 'pending_cancellation', 'person', 'teams'],
    rows.map((seat) => [
      seat.day,
      seat.provider,
      connectorName(seat.connector),
      seat.subject.id,
      seat.subject.name,
      seat.subject.email,
      seat.plan,
      seat.role,
      seat.assigning_team,
      seat.assigned_at,
      seat.last_activity_at,
      seat.last_activity_in,
      seat.use,
      seat.idle_days,
      seat.pending_cancellation,
      seat.person?.id ?? null,
      seat.teams.map(teamName).join(', '),
    ]),
  );
}
