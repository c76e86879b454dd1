import Wizard from '@cloudscape-design/components/wizard';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';

import { answer, useApi } from '../../api/client';
import { connectors, providers as providersQuery } from '../../api/queries';
import { detailOf } from '../../api/refusal';
import type { Provider, Recognised } from '../../api/words';
import { useFlashes } from '../../shell/flashes';
import { Loading } from '../../shell/loading';
import { Page } from '../../shell/page';
import { text } from '../../strings';
import { missing } from '../credential/check-values';
import { credentialOf, waysTo } from '../credential/ways';
import { AccountStep } from './account-step';
import { accountErrors, connection, emptyDraft, wayOf } from './draft';
import { TokenStep } from './token-step';
import { VerifyStep } from './verify-step';

const ABOVE = [{ text: text.connectors.title, href: '/connectors' }];
const VERIFY = 2;

/** Add connector: from a provider's name to a saved connection. */
export default function AddPage() {
  const { data, error } = useQuery(providersQuery(useApi()));
  return (
    <Page title={text.add.title} description={text.add.description} above={ABOVE}>
      {error !== null ? detailOf(error) : data === undefined ? <Loading /> : <AddWizard providers={data} />}
    </Page>
  );
}

function AddWizard({ providers }: { providers: Provider[] }) {
  const api = useApi();
  const navigate = useNavigate();
  const cache = useQueryClient();
  const { succeed } = useFlashes();
  const [step, setStep] = useState(0);
  const [isChecked, setIsChecked] = useState(false);
  const [draft, setDraft] = useState(() => emptyDraft(providers[0]));
  const provider = providers.find(({ id }) => id === draft.provider);

  const verify = useMutation({
    mutationFn: (of: Provider) => answer(api.POST('/v1/connectors/verify', { body: connection(draft, of) })),
  });
  const save = useMutation({
    mutationFn: (of: Provider) => {
      const name = draft.name.trim();
      return answer(api.POST('/v1/connectors', { body: { ...connection(draft, of), ...(name !== '' && { name }) } }));
    },
    onSuccess: (saved) => {
      succeed(text.add.saved(saved.name));
      void cache.invalidateQueries({ queryKey: connectors(api).queryKey });
      void navigate(`/connectors/${saved.id}`);
    },
  });

  /** Whether a step may be left forwards. */
  const isDone = (of: number): boolean => {
    if (of === 0) return Object.keys(accountErrors(draft)).length === 0;
    const way = provider === undefined ? undefined : wayOf(draft, provider);
    const credential = provider === undefined || way === undefined ? undefined : credentialOf(provider, way);
    return credential !== undefined && Object.keys(missing(credential, draft.values)).length === 0;
  };
  const go = (to: number) => {
    const stuck = [0, 1].find((of) => of < to && !isDone(of));
    setIsChecked(stuck !== undefined);
    if (stuck !== undefined) {
      setStep(stuck);
      return;
    }
    setStep(to);
    save.reset();
    if (to === VERIFY && provider !== undefined) verify.mutate(provider);
  };
  /** The same account and the same paste, at the provider that the token is of. */
  const switchTo = ({ provider: id, credential }: Recognised) => {
    const other = providers.find((one) => one.id === id);
    if (other === undefined) return;
    const kind = other.accounts.some((known) => known.kind === draft.account.kind) ? draft.account.kind : (other.accounts[0]?.kind ?? '');
    const place = waysTo(other, kind).findIndex((way) => way.credential === credential);
    setDraft({ ...emptyDraft(other), account: { kind, slug: draft.account.slug }, way: Math.max(0, place), values: draft.values });
  };

  return (
    <Wizard
      activeStepIndex={step}
      onNavigate={({ detail }) => go(detail.requestedStepIndex)}
      onCancel={() => void navigate('/connectors')}
      onSubmit={() => {
        if (provider !== undefined && verify.data?.verdict === 'valid') save.mutate(provider);
      }}
      isLoadingNextStep={save.isPending || (step === VERIFY && verify.isPending)}
      submitButtonText={text.add.save}
      i18nStrings={text.add.wizard}
      steps={[
        {
          title: text.add.steps.account,
          content: <AccountStep draft={draft} providers={providers} onChange={setDraft} isChecked={isChecked} />,
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
          errorText:
            save.error !== null
              ? detailOf(save.error)
              : verify.isSuccess && verify.data.verdict !== 'valid'
                ? text.add.notYet
                : undefined,
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
            />
          ),
        },
      ]}
    />
  );
}
