import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { hashKey, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useNavigate, useParams } from 'react-router';

import { answer, useApi } from '../../api/client';
import { connector as connectorQuery, connectors, ledger } from '../../api/queries';
import type { Connector, Revision } from '../../api/types';
import { day } from '../../format';
import { useFlashes } from '../../shell/flashes';
import { Page } from '../../shell/page';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { OpenNotices } from '../open-notices';
import { LedgerCalendar } from './ledger-calendar';
import { RemoveModal } from './remove-modal';
import { SettingsModal } from './settings-modal';
import { Revisions } from './revisions';
import { RotateModal } from './rotate-modal';
import { SkippedReports } from './skipped-reports';
import { Summary } from './summary';

const BREADCRUMBS = [{ text: text.connectors.title, href: '/connectors' }];
const WHILE_POLLING = 1500;
const NO_REVISIONS: Revision[] = [];

type Dialog = 'rotate' | 'remove' | 'settings' | null;

export default function ConnectorPage() {
  const { id = '' } = useParams();
  const api = useApi();
  const cache = useQueryClient();
  // A requested poll has finished when `last_poll` has changed.
  const [requestedAfter, setRequestedAfter] = useState<string | null>(null);
  const isPolling = (connector: Connector | undefined) =>
    connector !== undefined && (connector.last_poll ? connector.last_poll.at === requestedAfter : connector.state !== 'paused');
  // A connector that is being removed is not queried: the answer would be 404.
  const [isRemoving, setIsRemoving] = useState(false);
  const query = useQuery({
    ...connectorQuery(api, id),
    enabled: !isRemoving,
    refetchInterval: ({ state }) => (isPolling(state.data) ? WHILE_POLLING : false),
  });
  // A running poll stores days one by one.
  const history = useQuery({
    ...ledger(api, id),
    enabled: !isRemoving,
    refetchInterval: isPolling(query.data) ? 2 * WHILE_POLLING : false,
  });
  // A finished poll makes all other answers stale.
  const polledAt = query.data === undefined ? undefined : (query.data.last_poll?.at ?? null);
  const seen = useRef(polledAt);
  useEffect(() => {
    const before = seen.current;
    seen.current = polledAt;
    if (before === undefined || before === polledAt) return;
    void cache.invalidateQueries({ predicate: ({ queryKey }) => hashKey(queryKey) !== hashKey(connectorQuery(api, id).queryKey) });
  }, [cache, api, id, polledAt]);
  if (query.data === undefined) {
    return (
      <Page title={text.connectors.connector} breadcrumbs={BREADCRUMBS}>
        <QueryPanel query={query}>{null}</QueryPanel>
      </Page>
    );
  }
  return (
    <Page
      title={query.data.name}
      breadcrumbs={BREADCRUMBS}
      actions={
        <Actions
          connector={query.data}
          isPolling={isPolling(query.data)}
          onPoll={() => setRequestedAfter(query.data.last_poll?.at ?? null)}
          onRemoving={setIsRemoving}
        />
      }
    >
      <SpaceBetween size="l">
        <OpenNotices connector={id} />
        {query.data.state_detail !== null && query.data.state_detail !== undefined && (
          <Alert type={query.data.state === 'failing' ? 'error' : 'warning'} header={text.connectors.states[query.data.state]}>
            {query.data.state_detail}
          </Alert>
        )}
        <SkippedReports poll={query.data.last_poll ?? null} />
        <Summary connector={query.data} />
        <LedgerCalendar query={history} />
        <QueryPanel query={history}>
          <Revisions revisions={history.data?.revisions ?? NO_REVISIONS} hasMore={history.data?.has_more_revisions === true} />
        </QueryPanel>
      </SpaceBetween>
    </Page>
  );
}

function Actions({
  connector,
  isPolling,
  onPoll,
  onRemoving,
}: {
  connector: Connector;
  isPolling: boolean;
  onPoll: () => void;
  onRemoving: (isRemoving: boolean) => void;
}) {
  const api = useApi();
  const cache = useQueryClient();
  const navigate = useNavigate();
  const { succeed, fail } = useFlashes();
  const [dialog, setDialog] = useState<Dialog>(null);
  const path = { params: { path: { id: connector.id } } };
  const refresh = () => cache.invalidateQueries({ queryKey: connectors(api).queryKey });
  const poll = useMutation({
    mutationFn: () => answer(api.POST('/v1/connectors/{id}/poll', path)),
    onSuccess: () => {
      succeed(text.connectors.pollRequested);
      onPoll();
      return refresh();
    },
    onError: fail,
  });
  const isPaused = connector.state === 'paused';
  const pause = useMutation({
    mutationFn: () => answer(api.PATCH('/v1/connectors/{id}', { ...path, body: { paused: !isPaused } })),
    onSuccess: () => {
      succeed(isPaused ? text.connectors.resumed : text.connectors.paused);
      return refresh();
    },
    onError: fail,
  });
  const close = () => setDialog(null);
  const done = (message: string) => {
    close();
    succeed(message);
    void refresh();
  };
  return (
    <>
      <SpaceBetween direction="horizontal" size="xs">
        <Button onClick={() => poll.mutate()} loading={poll.isPending || isPolling} loadingText={text.connectors.polling} disabled={isPaused} disabledReason={text.connectors.pausedReason}>
          {text.connectors.pollNow}
        </Button>
        <Button onClick={() => setDialog('rotate')}>{text.connectors.rotate}</Button>
        <ButtonDropdown
          items={[
            { id: 'settings', text: text.connectors.edit },
            { id: 'pause', text: isPaused ? text.connectors.resume : text.connectors.pause },
            { id: 'remove', text: text.connectors.remove },
          ]}
          onItemClick={({ detail }) => {
            if (detail.id === 'pause') pause.mutate();
            else setDialog(detail.id as Dialog);
          }}
        >
          {text.connectors.actions}
        </ButtonDropdown>
      </SpaceBetween>
      {dialog === 'rotate' && <RotateModal connector={connector} onClose={close} onDone={({ token }) => done(text.connectors.rotated(token.expires_at ? day(token.expires_at.slice(0, 10)) : null))} />}
      {dialog === 'settings' && (
        <SettingsModal
          connector={connector}
          onClose={close}
          onDone={() => {
            done(text.connectors.saved);
            // The membership setting changes every report by team.
            void cache.invalidateQueries();
          }}
        />
      )}
      {dialog === 'remove' && (
        <RemoveModal
          connector={connector}
          onClose={close}
          onRemoving={onRemoving}
          onDone={() => {
            cache.removeQueries({ queryKey: connectorQuery(api, connector.id).queryKey });
            void navigate('/connectors');
            close();
            succeed(text.connectors.removed(connector.name));
            // Every report included this connector.
            void cache.invalidateQueries();
          }}
        />
      )}
    </>
  );
}
