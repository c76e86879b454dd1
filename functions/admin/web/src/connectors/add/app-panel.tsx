import Box from '@cloudscape-design/components/box';
import Button from '@cloudscape-design/components/button';
import Container from '@cloudscape-design/components/container';
import Header from '@cloudscape-design/components/header';
import { useMutation } from '@tanstack/react-query';

import { answer, useApi } from '../../api/client';
import { detailOf } from '../../api/refusal';
import type { Provider } from '../../api/types';
import { text } from '../../strings';
import { storeSetup, returnUrl } from './app-setup';
import type { Draft } from './draft';

/** The provider creates an app with exactly the required rights. Its key never passes through a browser. */
export function AppPanel({ draft, provider }: { draft: Draft; provider: Provider }) {
  const api = useApi();
  const account = { kind: draft.account.kind, slug: draft.account.slug.trim() };
  const apiUrl = draft.apiUrl.trim() === '' ? {} : { api_url: draft.apiUrl.trim() };
  const leave = useMutation({
    mutationFn: () =>
      answer(
        api.GET('/v1/providers/{provider}/app-manifest', {
          params: { path: { provider: provider.id }, query: { ...account, ...apiUrl, redirect_url: returnUrl() } },
        }),
      ),
    onSuccess: ({ post_url, manifest, state }) => {
      storeSetup({ state, provider: provider.id, account, ...apiUrl });
      post(post_url, JSON.stringify(manifest));
    },
  });
  return (
    <Container
      header={
        <Header
          variant="h2"
          description={text.app.description}
          actions={
            <Button variant="primary" onClick={() => leave.mutate()} loading={leave.isPending} iconName="external" iconAlign="right">
              {text.app.create(provider.name)}
            </Button>
          }
        >
          {text.app.title}
        </Header>
      }
    >
      {leave.error === null ? (
        <Box color="text-body-secondary">{text.app.steps(account.slug)}</Box>
      ) : (
        <Box color="text-status-error">{detailOf(leave.error)}</Box>
      )}
    </Container>
  );
}

/** Leaves the page with a form POST, which the provider requires. */
function post(url: string, manifest: string): void {
  const form = document.createElement('form');
  form.method = 'post';
  form.action = url;
  const field = document.createElement('input');
  field.type = 'hidden';
  field.name = 'manifest';
  field.value = manifest;
  form.append(field);
  document.body.append(form);
  form.submit();
}
