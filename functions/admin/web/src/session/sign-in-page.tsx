import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Form from '@cloudscape-design/components/form';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import { useState } from 'react';

import { text } from '../strings';
import type { Entrance } from './session';
import classes from './sign-in-page.module.css';

/** The page before sign-in. */
export default function SignInPage({ entrance, onEntered }: { entrance: Entrance; onEntered: () => void }) {
  return (
    <main className={classes.page}>
      <Container header={<Header variant="h1">{text.product}</Header>}>
        {entrance.kind === 'token' ? (
          <PasteToken
            enter={(token) => {
              entrance.enter(token);
              onEntered();
            }}
          />
        ) : (
          <AtIssuer go={entrance.go} />
        )}
      </Container>
    </main>
  );
}

function PasteToken({ enter }: { enter: (token: string) => void }) {
  const [token, setToken] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (token.trim() !== '') enter(token);
      }}
    >
      <Form actions={<Button variant="primary">{text.signIn.enter}</Button>}>
        <Box margin={{ bottom: 'm' }}>{text.signIn.openTheLink}</Box>
        <FormField label={text.signIn.token} stretch>
          <Input type="password" autoComplete="off" value={token} onChange={({ detail }) => setToken(detail.value)} />
        </FormField>
      </Form>
    </form>
  );
}

function AtIssuer({ go }: { go: () => Promise<void> }) {
  const [failure, setFailure] = useState<string | null>(null);
  return (
    <Form
      errorText={failure ?? undefined}
      actions={
        <Button variant="primary" onClick={() => void go().catch((error: unknown) => setFailure(String(error)))}>
          {text.signIn.signIn}
        </Button>
      }
    >
      {text.signIn.atIssuer}
    </Form>
  );
}
