// What a pasted key looks like, as the API tells it. A hint and no verdict: only asking the provider decides.
import { skipToken, useQuery } from '@tanstack/react-query';

import { answer, useApi } from '../../api/client';
import type { CredentialKind, Provider, Recognised } from '../../api/words';

/** A key is known by its beginning; the rest of it stays here until it is verified. */
const BEGINNING = 16;

/** The pasted text by which a key may be recognised. */
export function secretOf(credential: CredentialKind, values: Partial<Record<string, string>>): string {
  const field = credential.fields.find(({ shape }) => shape !== 'text');
  return (field && values[field.name]) ?? '';
}

/** What the key looks like if it is none of this provider's; null where nothing tells. */
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

/** None of several that share a beginning is foreign to its own provider. */
export function foreign(looks: readonly Recognised[], provider: Provider | undefined): Recognised | null {
  return looks.some((look) => look.provider === provider?.id && look.credential) ? null : (looks[0] ?? null);
}
