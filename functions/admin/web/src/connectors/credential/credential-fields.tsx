import Alert from '@cloudscape-design/components/alert';
import Button from '@cloudscape-design/components/button';
import FormField from '@cloudscape-design/components/form-field';
import Input from '@cloudscape-design/components/input';
import SpaceBetween from '@cloudscape-design/components/space-between';
import Textarea from '@cloudscape-design/components/textarea';

import type { CredentialKind, Recognised } from '../../api/types';
import { text } from '../../strings';

export type Values = Partial<Record<string, string>>;

/** The fields of a credential, as the API lists them. */
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
  /** The provider that the pasted key seems to belong to, if it is not the chosen one. */
  foreign: Recognised | null;
  onSwitch?: (to: Recognised) => void;
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
      {foreign !== null && (
        <Alert
          type="warning"
          header={text.add.looksLike(foreign.what)}
          action={
            foreign.credential ? (
              onSwitch && <Button onClick={() => onSwitch(foreign)}>{text.add.switchTo(foreign.name)}</Button>
            ) : (
              <Button href={foreign.url} target="_blank" rel="noopener" iconName="external" iconAlign="right">
                {text.add.rightKey(foreign.name)}
              </Button>
            )
          }
        >
          {text.add.looksLikeDetail}
        </Alert>
      )}
    </SpaceBetween>
  );
}
