import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';

import { detailOf } from '../api/refusal';
import { text } from '../strings';

/** Shows why the app could not start. */
export function StartFailure({ error }: { error: unknown }) {
  return (
    <Box padding="xxl">
      <main>
        <Alert
          type="error"
          header={text.failure.notStarted}
          action={<Button onClick={() => location.assign('/')}>{text.failure.retry}</Button>}
        >
          {detailOf(error)}
        </Alert>
      </main>
    </Box>
  );
}
