import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import SpaceBetween from '@cloudscape-design/components/space-between';

import { useSample } from '../../session/samples';
import { text } from '../../strings';
import { secretOf } from '../credential/foreign';
import { credentialOf, wayFor, waysTo } from '../credential/ways';
import type { StepProps } from './draft';

/** In a sandbox: an account that is not connected yet. */
export function SandboxAccount({ draft, provider, onChange }: StepProps) {
  const sample = useSample(provider.id);
  if (sample === null) return null;
  return (
    <Alert
      type="info"
      header={text.sandbox.title(provider.name)}
      action={<Button onClick={() => onChange({ ...draft, way: 0, account: sample.account })}>{text.sandbox.fillAccount(sample.account.slug)}</Button>}
    >
      {text.sandbox.account(sample.account.slug)}
    </Alert>
  );
}

/** In a sandbox: a key that works, and one that is refused. */
export function SandboxKeys({ draft, provider, onChange }: StepProps) {
  const sample = useSample(provider.id);
  if (sample === null) return null;
  const ways = waysTo(provider, draft.account.kind);
  const fill = ({ kind, ...values }: typeof sample.accepted) => {
    const fits = ways.findIndex((way) => way.credential === kind);
    const credential = ways[fits] === undefined ? undefined : credentialOf(provider, ways[fits]);
    const place = credential === undefined ? null : wayFor(secretOf(credential, values), ways);
    onChange({ ...draft, way: Math.max(0, place ?? fits), values });
  };
  return (
    <Alert
      type="info"
      header={text.sandbox.title(provider.name)}
      action={
        <SpaceBetween direction="horizontal" size="xs">
          <Button onClick={() => fill(sample.accepted)}>{text.sandbox.fillAccepted}</Button>
          <Button onClick={() => fill(sample.refused)}>{text.sandbox.fillRefused}</Button>
        </SpaceBetween>
      }
    >
      {text.sandbox.keys(provider.name)}
    </Alert>
  );
}
