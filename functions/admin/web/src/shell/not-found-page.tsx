import Box from '@cloudscape-design/components/box';

import { text } from '../strings';
import { Page } from './page';

/** The page for an unknown address. */
export function NotFoundPage() {
  return (
    <Page title={text.shell.notFound}>
      <Box>{text.shell.notFoundDetail}</Box>
    </Page>
  );
}
