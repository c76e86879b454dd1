import Box from '@cloudscape-design/components/box';
import LiveRegion from '@cloudscape-design/components/live-region';

import type { Dataset } from '../../api/types';
import { count, dayOfWeek, time } from '../../format';
import { text } from '../../strings';
import type { Cell } from './days-of-ledger';

/** Details of one day of the calendar. */
export function DayDetail({ cell }: { cell: Cell | null }) {
  if (cell === null) return <Box color="text-body-secondary">{text.ledger.choose}</Box>;
  return (
    <LiveRegion>
      <Box fontWeight="bold">{dayOfWeek(cell.day)}</Box>
      {cell.entries.length === 0 ? (
        text.ledger.states.unknown
      ) : (
        <ul>
          {cell.entries.map(([name, entry]) => (
            <li key={name}>
              {text.datasets[name as Dataset]}: {text.ledger.statesByName[entry.state] ?? entry.state}
              {entry.reason !== null && entry.reason !== undefined && ` (${entry.reason})`},{' '}
              {text.ledger.stored(count(entry.rows), entry.revision, time(entry.fetched_at))}
            </li>
          ))}
        </ul>
      )}
    </LiveRegion>
  );
}
