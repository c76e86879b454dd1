import Container from '@cloudscape-design/components/container';
import ExpandableSection from '@cloudscape-design/components/expandable-section';
import Header from '@cloudscape-design/components/header';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Tiles from '@cloudscape-design/components/tiles';

import type { Provider, Recognised } from '../../api/types';
import { text } from '../../strings';
import { missing } from '../credential/check-values';
import { CredentialFields } from '../credential/credential-fields';
import { useForeign } from '../credential/foreign';
import { HowTo } from '../credential/how-to';
import { credentialOf, wayFor, waysTo } from '../credential/ways';
import { AppPanel } from './app-panel';
import { type Draft, wayOf } from './draft';
import { SandboxKeys } from './sandbox-note';

/** The second step: create a token for the account and paste it. */
export function TokenStep({
  draft,
  provider,
  onChange,
  onSwitch,
  isChecked,
}: {
  draft: Draft;
  provider: Provider;
  onChange: (draft: Draft) => void;
  onSwitch: (to: Recognised) => void;
  isChecked: boolean;
}) {
  const ways = waysTo(provider, draft.account.kind);
  const way = wayOf(draft, provider);
  const credential = way === undefined ? undefined : credentialOf(provider, way);
  const foreign = useForeign(provider, credential, draft.values);
  const paste = (name: string, value: string) => {
    // A pasted token of another kind switches to the steps and scopes of that kind.
    const place = wayFor(value, ways);
    const isSameCredential = place !== null && ways[place]?.credential === way?.credential;
    onChange({ ...draft, way: isSameCredential ? place : draft.way, values: { ...draft.values, [name]: value } });
  };
  if (way === undefined || credential === undefined) return null;
  return (
    <SpaceBetween size="l">
      <SandboxKeys draft={draft} provider={provider} onChange={onChange} />
      {provider.makes_apps_for.includes(draft.account.kind) && <AppPanel draft={draft} provider={provider} />}
      <Container header={<Header variant="h2">{text.add.createToken}</Header>}>
        <SpaceBetween size="m">
          {ways.length > 1 && (
            <Tiles
              ariaLabel={text.add.createToken}
              columns={ways.length === 2 ? 2 : 3}
              value={String(draft.way)}
              items={ways.map(({ title, scopes }, place) => ({ value: String(place), label: title, description: scopes.join(', ') }))}
              onChange={({ detail }) => onChange({ ...draft, way: Number(detail.value) })}
            />
          )}
          <HowTo way={way} account={draft.account} />
        </SpaceBetween>
      </Container>
      <Container header={<Header variant="h2">{text.add.paste}</Header>}>
        <CredentialFields
          credential={credential}
          values={draft.values}
          onChange={paste}
          errors={isChecked ? missing(credential, draft.values) : {}}
          foreign={foreign}
          onSwitch={onSwitch}
        />
      </Container>
      <ExpandableSection headerText={text.add.knownLimits(provider.name)}>
        <ul>
          {provider.known_limits.map((limit) => (
            <li key={limit}>{limit}</li>
          ))}
        </ul>
      </ExpandableSection>
    </SpaceBetween>
  );
}
