import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';

import type { Provider } from '../../api/words';
import { sentence } from '../../format';
import { text } from '../../strings';
import { accountErrors, type Draft, emptyDraft } from './draft';
import { SandboxAccount } from './sandbox-note';

/** Whose usage is to be metered. */
export function AccountStep({
  draft,
  providers,
  onChange,
  isChecked,
}: {
  draft: Draft;
  providers: readonly Provider[];
  onChange: (draft: Draft) => void;
  /** Somebody tried to go on: what is missing is shown. */
  isChecked: boolean;
}) {
  const provider = providers.find(({ id }) => id === draft.provider);
  const kind = provider?.accounts.find(({ kind }) => kind === draft.account.kind);
  const errors = isChecked ? accountErrors(draft) : {};
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">{text.add.provider}</Header>}>
        <FormField label={text.add.whichProvider} errorText={errors.provider} stretch>
          <Tiles
            value={draft.provider}
            items={providers.map(({ id, name, accounts }) => ({
              value: id,
              label: name,
              description: accounts.map(({ title }) => title).join(' · '),
            }))}
            onChange={({ detail }) => {
              const chosen = providers.find(({ id }) => id === detail.value);
              onChange({ ...emptyDraft(chosen), account: { kind: chosen?.accounts[0]?.kind ?? '', slug: draft.account.slug } });
            }}
          />
        </FormField>
      </Container>
      {provider !== undefined && (
        <Container header={<Header variant="h2">{text.add.account}</Header>}>
          <SpaceBetween size="m">
            <SandboxAccount draft={draft} provider={provider} onChange={onChange} />
            {provider.accounts.length > 1 && (
              <FormField label={text.add.kind}>
                <RadioGroup
                  value={draft.account.kind}
                  items={provider.accounts.map(({ kind: value, title }) => ({ value, label: title }))}
                  onChange={({ detail }) => onChange({ ...draft, way: 0, account: { ...draft.account, kind: detail.value } })}
                />
              </FormField>
            )}
            <FormField label={kind?.title ?? text.add.account} description={kind === undefined ? undefined : sentence(kind.hint)} errorText={errors.slug}>
              <Input
                name="slug"
                value={draft.account.slug}
                onChange={({ detail }) => onChange({ ...draft, account: { ...draft.account, slug: detail.value } })}
                autoComplete={false}
                spellcheck={false}
              />
            </FormField>
            <ExpandableSection headerText={text.add.otherHost}>
              <FormField label={text.add.apiUrl} description={text.add.apiUrlHint(provider.api_url, provider.hosts.join(', '))}>
                <Input
                  value={draft.apiUrl}
                  placeholder={provider.api_url}
                  onChange={({ detail }) => onChange({ ...draft, apiUrl: detail.value })}
                  spellcheck={false}
                />
              </FormField>
            </ExpandableSection>
          </SpaceBetween>
        </Container>
      )}
    </SpaceBetween>
  );
}
