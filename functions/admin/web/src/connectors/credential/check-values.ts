import type { CredentialKind } from '../../api/types';
import { text } from '../../strings';
import type { Values } from './credential-fields';

/** The missing fields with a message each. The provider checks the values. */
export function missing(credential: CredentialKind, values: Values): Values {
  const empty = credential.fields.filter(({ name, required }) => required && (values[name] ?? '').trim() === '');
  return Object.fromEntries(empty.map(({ name, title }) => [name, text.form.missing(title)]));
}

/** The credential as the API expects it, without empty fields. */
export function credentialBody(credential: CredentialKind, values: Values): Record<string, string> {
  const filled = credential.fields.flatMap(({ name }): [string, string][] => {
    const value = (values[name] ?? '').trim();
    return value === '' ? [] : [[name, value]];
  });
  return { kind: credential.kind, ...Object.fromEntries(filled) };
}
