import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { useFollow } from '../../shell/follow';
import { Page } from '../../shell/page';
import { text } from '../../strings';

/** The overview before the first connector. */
export function Welcome() {
  const follow = useFollow();
  return (
    <Page title={text.welcome.title} description={text.welcome.description}>
      <Container>
        <SpaceBetween size="m">
          <ol>
            {text.welcome.steps.map((step) => (
              <li key={step}>{step}</li>
            ))}
          </ol>
          <Button variant="primary" href="/connectors/new" onFollow={follow}>
            {text.connectors.add}
          </Button>
          <Box color="text-body-secondary">{text.welcome.promise}</Box>
        </SpaceBetween>
      </Container>
    </Page>
  );
}
