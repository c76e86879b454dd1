import Box from '@cloudscape-design/components/box';

import { text } from '../strings';
import { Page } from './page';

/** What an address leads to that nothing is behind. */
export function NotFoundPage() {
  return (
    <Page title={text.shell.notFound}>
      <Box>{text.shell.notFoundDetail}</Box>
    </Page>
  );
}
