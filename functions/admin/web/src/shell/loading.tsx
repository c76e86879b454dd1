import Box from '@cloudscape-design/components/box';
import Spinner from '@cloudscape-design/components/spinner';

import { text } from '../strings';

export function Loading() {
  return (
    <Box textAlign="center" padding="xxl" color="text-status-inactive">
      <Spinner /> {text.shell.loading}
    </Box>
  );
}
