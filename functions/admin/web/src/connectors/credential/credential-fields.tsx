import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';

import type { CredentialKind } from '../../api/words';
import { text } from '../../strings';
import type { Foreign } from './ways';

export type Values = Partial<Record<string, string>>;

/** The pasted text by which a token may be recognised. */
export function secretOf(credential: CredentialKind, values: Values): string {
  const field = credential.fields.find(({ shape }) => shape !== 'text');
  return field === undefined ? '' : (values[field.name] ?? '');
}

/** What makes up a credential of one kind, as the API lists its fields. */
export function CredentialFields({
  credential,
  values,
  onChange,
  errors,
  foreign,
  onSwitch,
}: {
  credential: CredentialKind;
  values: Values;
  onChange: (name: string, value: string) => void;
  errors: Values;
  /** The pasted token is of another provider. */
  foreign?: Foreign | null;
  onSwitch?: (to: Foreign) => void;
}) {
  return (
    <SpaceBetween size="m">
      {credential.fields.map(({ name, title, shape, required }) => {
        const props = {
          value: values[name] ?? '',
          onChange: ({ detail }: { detail: { value: string } }) => onChange(name, detail.value),
          ariaRequired: required,
          name,
        };
        return (
          <FormField
            key={name}
            label={required ? title : text.form.optional(title)}
            errorText={errors[name]}
            description={shape === 'text' ? undefined : text.add.tokenStays}
            stretch={shape === 'secret_file'}
          >
            {shape === 'secret_file' ? (
              <Textarea {...props} rows={6} autoComplete={false} spellcheck={false} placeholder="-----BEGIN RSA PRIVATE KEY-----" />
            ) : (
              <Input {...props} type={shape === 'secret' ? 'password' : 'text'} autoComplete={false} spellcheck={false} />
            )}
          </FormField>
        );
      })}
      {foreign !== null && foreign !== undefined && (
        <Alert
          type="warning"
          header={text.add.otherProvider(foreign.provider.name)}
          action={onSwitch && <Button onClick={() => onSwitch(foreign)}>{text.add.switchTo(foreign.provider.name)}</Button>}
        >
          {text.add.otherProviderDetail}
        </Alert>
      )}
    </SpaceBetween>
  );
}
