import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';

import { detailOf } from '../api/refusal';
import { text } from '../strings';

/** The app cannot begin, and why. */
export function StandStill({ error }: { error: unknown }) {
  return (
    <Box padding="xxl">
      <main>
        <Alert
          type="error"
          header={text.failure.noStart}
          action={<Button onClick={() => location.assign('/')}>{text.failure.again}</Button>}
        >
          {detailOf(error)}
        </Alert>
      </main>
    </Box>
  );
}
