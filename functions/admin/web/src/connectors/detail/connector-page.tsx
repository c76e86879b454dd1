import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import ButtonDropdown from '@cloudscape-design/components/button-dropdown';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { hashKey, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useNavigate, useParams } from 'react-router';

import { answer, useApi } from '../../api/client';
import { connector as connectorQuery, connectors, ledger } from '../../api/queries';
import type { Connector, Revision } from '../../api/words';
import { day } from '../../format';
import { useFlashes } from '../../shell/flashes';
import { Page } from '../../shell/page';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { OpenNotices } from '../open-notices';
import { LedgerCalendar } from './ledger-calendar';
import { RemoveModal } from './remove-modal';
import { RenameModal } from './rename-modal';
import { Revisions } from './revisions';
import { RotateModal } from './rotate-modal';
import { LeftOut } from './left-out';
import { Summary } from './summary';

const ABOVE = [{ text: text.connectors.title, href: '/connectors' }];
const WHILE_POLLING = 1500;
const NO_REVISIONS: Revision[] = [];

type Dialog = 'rotate' | 'remove' | 'rename' | null;

export default function ConnectorPage() {
  const { id = '' } = useParams();
  const api = useApi();
  const cache = useQueryClient();
  // The poll that was asked for is over once `last_poll` is another one than then.
  const [askedAfter, setAskedAfter] = useState<string | null>(null);
  const isPolling = (connector: Connector | undefined) =>
    connector !== undefined && (connector.last_poll ? connector.last_poll.at === askedAfter : connector.state !== 'paused');
  // A connector that is being removed is not asked for: the answer would be that there is none.
  const [isGoing, setIsGoing] = useState(false);
  const found = useQuery({
    ...connectorQuery(api, id),
    enabled: !isGoing,
    refetchInterval: ({ state }) => (isPolling(state.data) ? WHILE_POLLING : false),
  });
  // Days are stored while the poll still runs.
  const history = useQuery({
    ...ledger(api, id),
    enabled: !isGoing,
    refetchInterval: isPolling(found.data) ? 2 * WHILE_POLLING : false,
  });
  // Whatever was read before a poll is old after it.
  const polledAt = found.data === undefined ? undefined : (found.data.last_poll?.at ?? null);
  const seen = useRef(polledAt);
  useEffect(() => {
    const before = seen.current;
    seen.current = polledAt;
    if (before === undefined || before === polledAt) return;
    void cache.invalidateQueries({ predicate: ({ queryKey }) => hashKey(queryKey) !== hashKey(connectorQuery(api, id).queryKey) });
  }, [cache, api, id, polledAt]);
  if (found.data === undefined) {
    return (
      <Page title={text.connectors.connector} above={ABOVE}>
        <QueryPanel query={found}>{null}</QueryPanel>
      </Page>
    );
  }
  return (
    <Page
      title={found.data.name}
      above={ABOVE}
      actions={
        <Actions
          connector={found.data}
          isPolling={isPolling(found.data)}
          onPoll={() => setAskedAfter(found.data.last_poll?.at ?? null)}
          onGoing={setIsGoing}
        />
      }
    >
      <SpaceBetween size="l">
        <OpenNotices connector={id} />
        {found.data.state_detail !== null && found.data.state_detail !== undefined && (
          <Alert type={found.data.state === 'failing' ? 'error' : 'warning'} header={text.connectors.states[found.data.state]}>
            {found.data.state_detail}
          </Alert>
        )}
        <LeftOut poll={found.data.last_poll ?? null} />
        <Summary connector={found.data} />
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
  onGoing,
}: {
  connector: Connector;
  isPolling: boolean;
  onPoll: () => void;
  onGoing: (isGoing: boolean) => void;
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
      succeed(text.connectors.pollAsked);
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
  const done = (said: string) => {
    close();
    succeed(said);
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
            { id: 'rename', text: text.connectors.rename },
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
      {dialog === 'rename' && (
        <RenameModal
          connector={connector}
          onClose={close}
          onDone={() => {
            done(text.connectors.renamed);
            // How team membership is taken changes every report by team.
            void cache.invalidateQueries();
          }}
        />
      )}
      {dialog === 'remove' && (
        <RemoveModal
          connector={connector}
          onClose={close}
          onGoing={onGoing}
          onDone={() => {
            cache.removeQueries({ queryKey: connectorQuery(api, connector.id).queryKey });
            void navigate('/connectors');
            close();
            succeed(text.connectors.removed(connector.name));
            // Every report was about it as well.
            void cache.invalidateQueries();
          }}
        />
      )}
    </>
  );
}
