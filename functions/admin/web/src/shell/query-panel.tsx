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
 * A part of a page that shows the state of its own query: loading, failed (with a retry), or the answer. The content explains
 * an empty answer. Without a query the content is shown at once.
 */
export function QueryPanel({ query, children }: { query?: PanelQuery | undefined; children: ReactNode }) {
  const state = query === undefined ? 'ready' : stateOf(query);
  if (state === 'loading') return <Loading />;
  return (
    <SpaceBetween size="s">
      {query !== undefined && state !== 'ready' && <QueryError query={query} isStale={state === 'stale'} />}
      {state !== 'failed' && <ErrorBoundary>{children}</ErrorBoundary>}
    </SpaceBetween>
  );
}

/** The error of a query, with a retry. The banner covers an unreachable server and retries by itself. */
export function QueryError({ query: { error, refetch, isFetching }, isStale }: { query: PanelQuery; isStale: boolean }) {
  if (isUnreachable(error)) {
    return isStale ? null : (
      <Box textAlign="center" color="text-status-inactive" padding="s">
        {text.failure.waiting}
      </Box>
    );
  }
  return (
    <Alert
      type={isStale ? 'warning' : 'error'}
      header={isStale ? text.failure.notRefreshed : text.failure.notLoaded}
      action={
        <Button onClick={() => void refetch()} loading={isFetching}>
          {text.failure.retry}
        </Button>
      }
    >
      {detailOf(error)}
    </Alert>
  );
}
