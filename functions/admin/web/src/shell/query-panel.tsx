import Alert from '@cloudscape-design/components/alert';
import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import type { ReactNode } from 'react';

import { detailOf, isUnreachable } from '../api/refusal';
import { text } from '../strings';
import { ErrorBoundary } from './error-boundary';
import { Loading } from './loading';
import { type PanelQuery, stateOf } from './panel-state';

/**
 * A part of a page that shows the answer to its own question: loading, failed (with a way to try again), or the answer.
 * Which kind of empty an answer is, its content says. Without a question there is nothing to wait for.
 */
export function QueryPanel({ query, children }: { query?: PanelQuery | undefined; children: ReactNode }) {
  const state = query === undefined ? 'ready' : stateOf(query);
  if (state === 'loading') return <Loading />;
  return (
    <SpaceBetween size="s">
      {query !== undefined && state !== 'ready' && <Failure query={query} isOld={state === 'old'} />}
      {state !== 'failed' && <ErrorBoundary>{children}</ErrorBoundary>}
    </SpaceBetween>
  );
}

/** The banner already says that nothing answers, and tries again by itself. */
export function Failure({ query: { error, refetch, isFetching }, isOld }: { query: PanelQuery; isOld: boolean }) {
  if (isUnreachable(error)) {
    return isOld ? null : (
      <Box textAlign="center" color="text-status-inactive" padding="s">
        {text.failure.waiting}
      </Box>
    );
  }
  return (
    <Alert
      type={isOld ? 'warning' : 'error'}
      header={isOld ? text.failure.notRefreshed : text.failure.notLoaded}
      action={
        <Button onClick={() => void refetch()} loading={isFetching}>
          {text.failure.again}
        </Button>
      }
    >
      {detailOf(error)}
    </Alert>
  );
}
