import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Wizard from '@cloudscape-design/components/wizard';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { answer, useApi } from '../../api/client';
import { connectors, providers as providersQuery } from '../../api/queries';
import type { Connector, Provider, Recognised } from '../../api/types';
import { useFlashes } from '../../shell/flashes';
import { Page } from '../../shell/page';
import { QueryPanel } from '../../shell/query-panel';
import { text } from '../../strings';
import { missing } from '../credential/check-values';
import { credentialOf, waysTo } from '../credential/ways';
import { AccountStep } from './account-step';
import { connection, emptyDraft, isAccountReady, wayOf } from './draft';
import { TokenStep } from './token-step';
import { VerifyStep } from './verify-step';

const BREADCRUMBS = [{ text: text.connectors.title, href: '/connectors' }];
const VERIFY = 2;

/** The wizard that adds a connector. */
export default function AddPage() {
  const api = useApi();
  const providers = useQuery(providersQuery(api));
  // If this list fails, saving still detects an account that is connected already.
  const connected = useQuery(connectors(api)).data ?? [];
  return (
    <Page title={text.add.title} description={text.add.description} breadcrumbs={BREADCRUMBS}>
      <QueryPanel query={providers}>
        <AddWizard providers={providers.data ?? []} connected={connected} />
      </QueryPanel>
    </Page>
  );
}

function AddWizard({ providers, connected }: { providers: Provider[]; connected: Connector[] }) {
  const api = useApi();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const { succeed } = useFlashes();
  const [step, setStep] = useState(0);
  const [isChecked, setIsChecked] = useState(false);
  const [draft, setDraft] = useState(() => emptyDraft(providers[0]));
  const provider = providers.find(({ id }) => id === draft.provider);

  const verify = useMutation({
    mutationFn: (chosen: Provider) => answer(api.POST('/v1/connectors/verify', { body: connection(draft, chosen) })),
  });
  const save = useMutation({
    mutationFn: (chosen: Provider) => {
      const name = draft.name.trim();
      return answer(api.POST('/v1/connectors', { body: { ...connection(draft, chosen), ...(name !== '' && { name }) } }));
    },
    onSuccess: (saved) => {
      succeed(text.add.saved(saved.name));
      void cache.invalidateQueries({ queryKey: connectors(api).queryKey });
      void navigate(`/connectors/${saved.id}`);
    },
  });

  /** Whether the user may go on from a step. */
  const isDone = (step: number): boolean => {
    if (step === 0) return isAccountReady(draft, provider, connected);
    const way = provider === undefined ? undefined : wayOf(draft, provider);
    const credential = provider === undefined || way === undefined ? undefined : credentialOf(provider, way);
    return credential !== undefined && Object.keys(missing(credential, draft.values)).length === 0;
  };
  const go = (to: number) => {
    const stuck = [0, 1].find((step) => step < to && !isDone(step));
    setIsChecked(stuck !== undefined);
    if (stuck !== undefined) {
      setStep(stuck);
      return;
    }
    setStep(to);
    save.reset();
    if (to === VERIFY && provider !== undefined) verify.mutate(provider);
  };
  /** Keeps the account and the pasted key, and switches to the provider of the key. */
  const switchTo = ({ provider: id, credential }: Recognised) => {
    const other = providers.find((one) => one.id === id);
    if (other === undefined) return;
    const kind = other.accounts.some((connected) => connected.kind === draft.account.kind) ? draft.account.kind : (other.accounts[0]?.kind ?? '');
    const place = waysTo(other, kind).findIndex((way) => way.credential === credential);
    setDraft({ ...emptyDraft(other), account: { kind, slug: draft.account.slug }, way: Math.max(0, place), values: draft.values });
  };

  const canSave = verify.data?.verdict === 'valid' && !verify.isPending;
  const submit = () => {
    if (provider !== undefined && canSave && !save.isPending) save.mutate(provider);
  };
  // For a working connection, the step itself shows the name and the save button first.
  const lastActions = (
    <SpaceBetween direction="horizontal" size="xs">
      <Button variant="link" onClick={() => void navigate('/connectors')}>
        {text.add.wizard.cancelButton}
      </Button>
      <Button onClick={() => go(VERIFY - 1)}>{text.add.wizard.previousButton}</Button>
      {!canSave && (
        <Button variant="primary" disabled disabledReason={verify.isPending ? text.add.verifying : text.add.notVerified}>
          {text.add.save}
        </Button>
      )}
    </SpaceBetween>
  );

  return (
    <Wizard
      activeStepIndex={step}
      onNavigate={({ detail }) => go(detail.requestedStepIndex)}
      onCancel={() => void navigate('/connectors')}
      onSubmit={submit}
      customPrimaryActions={step === VERIFY ? lastActions : undefined}
      submitButtonText={text.add.save}
      i18nStrings={text.add.wizard}
      steps={[
        {
          title: text.add.steps.account,
          content: <AccountStep draft={draft} providers={providers} connectors={connected} onChange={setDraft} isChecked={isChecked} />,
        },
        {
          title: text.add.steps.token,
          content: provider !== undefined && (
            <TokenStep
              draft={draft}
              provider={provider}
              onChange={setDraft}
              onSwitch={switchTo}
              isChecked={isChecked}
            />
          ),
        },
        {
          title: text.add.steps.verify,
          content: (
            <VerifyStep
              draft={draft}
              onChange={setDraft}
              verification={verify.data}
              failure={verify.error}
              isPending={verify.isPending}
              onAgain={() => {
                if (provider !== undefined) verify.mutate(provider);
              }}
              onSave={submit}
              saving={{ isSaving: save.isPending, notSaved: save.error }}
            />
          ),
        },
      ]}
    />
  );
}
