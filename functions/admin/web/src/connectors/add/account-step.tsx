import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import FormField from '@cloudscape-design/components/form-field';
import Header from '@cloudscape-design/components/header';
import Input from '@cloudscape-design/components/input';
import Link from '@cloudscape-design/components/link';
import RadioGroup from '@cloudscape-design/components/radio-group';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';
import { useState } from 'react';

import type { Connector, Provider } from '../../api/types';
import { sentence } from '../../format';
import { useFollow } from '../../shell/follow';
import { text } from '../../strings';
import { connectorOf, nameError, nameInAddress } from './account-name';
import { type Draft, emptyDraft } from './draft';
import { SandboxAccount } from './sandbox-note';

/** The first step: choose an account. */
export function AccountStep({
  draft,
  providers,
  connectors,
  onChange,
  isChecked,
}: {
  draft: Draft;
  providers: readonly Provider[];
  connectors: readonly Connector[];
  onChange: (draft: Draft) => void;
  /** The user requested the next step, so missing values are marked. */
  isChecked: boolean;
}) {
  const follow = useFollow();
  const [pasted, setPasted] = useState<string | null>(null);
  const [isTyped, setIsTyped] = useState(false);
  const provider = providers.find(({ id }) => id === draft.provider);
  const kind = provider?.accounts.find(({ kind }) => kind === draft.account.kind);
  const { slug } = draft.account;
  const isShown = isChecked || (isTyped && slug.trim() !== '');
  const connected = provider === undefined ? undefined : connectorOf(draft, provider, connectors);
  const changeName = (value: string) => {
    const extracted = nameInAddress(value);
    setPasted(extracted);
    onChange({ ...draft, account: { ...draft.account, slug: extracted ?? value } });
  };
  return (
    <SpaceBetween size="l">
      <Container header={<Header variant="h2">{text.add.provider}</Header>}>
        <FormField label={text.add.whichProvider} errorText={isChecked && draft.provider === '' ? text.add.chooseProvider : undefined} stretch>
          <Tiles
            value={draft.provider}
            items={providers.map(({ id, name, accounts }) => ({
              value: id,
              label: name,
              description: accounts.map(({ title }) => title).join(' · '),
            }))}
            onChange={({ detail }) => {
              const chosen = providers.find(({ id }) => id === detail.value);
              onChange({ ...emptyDraft(chosen), account: { kind: chosen?.accounts[0]?.kind ?? '', slug } });
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
            <FormField
              label={kind?.title ?? text.add.account}
              description={kind === undefined ? undefined : sentence(kind.hint)}
              constraintText={pasted !== null && pasted === slug ? text.add.fromAddress(pasted) : undefined}
              errorText={
                connected !== undefined ? (
                  <>
                    {text.add.connected(connected.account.slug)}{' '}
                    <Link href={`/connectors/${connected.id}`} onFollow={follow} fontSize="inherit">
                      {text.add.openConnected(connected.name)}
                    </Link>
                  </>
                ) : isShown ? (
                  nameError(slug)
                ) : undefined
              }
            >
              <Input
                name="slug"
                value={slug}
                onChange={({ detail }) => changeName(detail.value)}
                onBlur={() => setIsTyped(true)}
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
