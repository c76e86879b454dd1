import Box from '@cloudscape-design/components/box';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useQuery } from '@tanstack/react-query';

import { useApi } from '../../api/client';
import { seatsSummary } from '../../api/queries';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { EmptyState } from '../empty-state';
import { scopeOf, type Filters } from '../filters/filters';

/** Explains why a team has no seats: its people hold none, or no seats are stored. */
export function NoSeats({ filters }: { filters: Filters }) {
  const query = useQuery(seatsSummary(useApi(), scopeOf(filters)));
  return (
    <QueryPanel query={query}>
      {query.data?.total === 0 ? (
        <EmptyState filters={filters} />
      ) : (
        <Box textAlign="center" color="inherit" padding={{ vertical: 's' }}>
          <SpaceBetween size="xs">
            <b>{text.teams.noSeats}</b>
            <span>{text.teams.noSeatsDetail}</span>
          </SpaceBetween>
        </Box>
      )}
    </QueryPanel>
  );
}
