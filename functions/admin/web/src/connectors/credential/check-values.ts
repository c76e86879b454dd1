import type { CredentialKind } from '../../api/words';
import { text } from '../../strings';
import type { Values } from './credential-fields';

/** What is missing, by field. Whether it is right, the provider says. */
export function missing(credential: CredentialKind, values: Values): Values {
  const empty = credential.fields.filter(({ name, required }) => required && (values[name] ?? '').trim() === '');
  return Object.fromEntries(empty.map(({ name, title }) => [name, text.form.missing(title)]));
}

/** The credential as the API takes it; what was left empty is left out. */
export function credentialBody(credential: CredentialKind, values: Values): Record<string, string> {
  const filled = credential.fields.flatMap(({ name }): [string, string][] => {
    const value = (values[name] ?? '').trim();
    return value === '' ? [] : [[name, value]];
  });
  return { kind: credential.kind, ...Object.fromEntries(filled) };
}
