// Recognizes a pasted key with the help of the API. This is a hint: only verify decides.
import { skipToken, useQuery } from '@tanstack/react-query';

import { answer, useApi } from '../../api/client';
import type { CredentialKind, Provider, Recognised } from '../../api/types';

/** Only the first characters of a key are sent. The rest stays in the browser until verify. */
const BEGINNING = 16;

/** The pasted secret of a credential. */
export function secretOf(credential: CredentialKind, values: Partial<Record<string, string>>): string {
  const field = credential.fields.find(({ shape }) => shape !== 'text');
  return (field && values[field.name]) ?? '';
}

/** The provider that a key seems to belong to, if it is not the chosen one; null if unknown. */
export function useForeign(provider: Provider | undefined, credential: CredentialKind | undefined, values: Partial<Record<string, string>>) {
  const api = useApi();
  const key = credential === undefined ? '' : secretOf(credential, values).trim().slice(0, BEGINNING);
  const { data } = useQuery({
    queryKey: ['recognise', key],
    queryFn: key === '' ? skipToken : async () => (await answer(api.POST('/v1/providers/recognise', { body: { key } }))).looks,
    staleTime: Infinity,
    gcTime: 0,
  });
  return foreign(data ?? [], provider);
}

/** A key is not foreign if any provider with the same prefix is the chosen one. */
export function foreign(looks: readonly Recognised[], provider: Provider | undefined): Recognised | null {
  return looks.some((look) => look.provider === provider?.id && look.credential) ? null : (looks[0] ?? null);
}
