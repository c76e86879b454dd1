import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { useNavigate, useSearchParams } from 'react-router';

import { answer, useApi } from '../../api/client';
import { connectors } from '../../api/queries';
import { detailOf } from '../../api/refusal';
import { useFlashes } from '../../shell/flashes';
import { Loading } from '../../shell/loading';
import { Page } from '../../shell/page';
import { text } from '../../strings';
import { type AppReturn, readReturn, storeSetup, storedSetup, RETURN } from './app-setup';

const BREADCRUMBS = [
  { text: text.connectors.title, href: '/connectors' },
  { text: text.add.title, href: '/connectors/new' },
];

/** The page after a return from the provider: first with a new app, later with its installation. */
export default function AppReturnPage() {
  const api = useApi();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const { succeed, fail } = useFlashes();
  const [search] = useSearchParams();
  const [came] = useState<AppReturn>(() => readReturn(search, storedSetup()));

  const poll = useMutation({
    mutationFn: (id: string) => answer(api.POST('/v1/connectors/{id}/poll', { params: { path: { id } } })),
    onSuccess: (_, id) => {
      succeed(text.connectors.pollRequested);
      void navigate(`/connectors/${id}`);
    },
    onError: (error, id) => {
      fail(error);
      void navigate(`/connectors/${id}`);
    },
  });
  const convert = useMutation({
    mutationFn: ({ code, setup }: Extract<AppReturn, { kind: 'made' }>) =>
      answer(
        api.POST('/v1/providers/{provider}/app-conversions', {
          params: { path: { provider: setup.provider } },
          body: { code, account: setup.account, ...(setup.api_url !== undefined && { api_url: setup.api_url }) },
        }),
      ),
    onSuccess: ({ connector }, { setup }) => {
      storeSetup({ ...setup, connector: connector.id });
      void cache.invalidateQueries({ queryKey: connectors(api).queryKey });
    },
  });

  // A code works once: it must not be sent twice, and must not stay in the address.
  const isSpent = useRef(false);
  const { mutate: spend } = convert;
  const { mutate: ask } = poll;
  useEffect(() => {
    if (isSpent.current) return;
    isSpent.current = true;
    void navigate(RETURN, { replace: true });
    if (came.kind === 'made') spend(came);
    if (came.kind === 'installed') ask(came.connector);
  }, [came, navigate, spend, ask]);

  const again = (
    <Button href="/connectors/new" onFollow={(event) => { event.preventDefault(); void navigate('/connectors/new'); }}>
      {text.app.again}
    </Button>
  );
  const made = convert.data;
  return (
    <Page title={text.app.title} breadcrumbs={BREADCRUMBS}>
      {came.kind === 'lost' ? (
        <Alert type="error" header={text.app.lost} action={again}>
          {text.app.lostDetail}
        </Alert>
      ) : convert.error !== null ? (
        <Alert type="error" header={text.app.notCreated} action={again}>
          {detailOf(convert.error)}
        </Alert>
      ) : made === undefined ? (
        <Loading />
      ) : (
        <SpaceBetween size="l">
          <Alert type="success" header={text.app.created(made.app.name)}>
            {text.app.install(made.connector.account.slug)}
          </Alert>
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="primary" href={made.app.install_url} target="_blank" iconName="external" iconAlign="right">
              {text.app.openInstall}
            </Button>
            <Button onClick={() => poll.mutate(made.connector.id)} loading={poll.isPending}>
              {text.app.installed}
            </Button>
          </SpaceBetween>
        </SpaceBetween>
      )}
    </Page>
  );
}
