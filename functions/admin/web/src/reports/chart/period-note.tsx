import Box from '@cloudscape-design/components/box';

import { stateOf } from './period-name';
import type { Period } from './series';

/** The note of a period below its numbers. */
export function PeriodNote({ period }: { period: Period | undefined }) {
  const state = period === undefined ? '' : stateOf(period);
  return state === '' ? null : (
    <Box fontSize="body-s" color="text-body-secondary">
      {state}
    </Box>
  );
}
