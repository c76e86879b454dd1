import { useMutation, useQueryClient } from '@tanstack/react-query';

import { answer, useApi } from '../api/client';
import type { IdentityRef } from '../api/types';
import { useFlashes } from '../shell/flashes';
import { text } from '../strings';
import { nameOf } from './pairs';

interface Decision {
  one: Pick<IdentityRef, 'id' | 'name' | 'email' | 'subject'>;
  /** With `different`, this identity leaves the person of `one`. */
  other: Pick<IdentityRef, 'id' | 'name' | 'email' | 'subject'>;
  verdict: 'same' | 'different' | 'undecided';
}

/** Stores a decision about two identities. All queries are refreshed, because every report counts people. */
export function useDecide() {
  const api = useApi();
  const cache = useQueryClient();
  const { succeed, fail } = useFlashes();
  return useMutation({
    mutationFn: ({ one, other, verdict }: Decision) =>
      answer(api.PUT('/v1/identities/links', { body: { one: one.id, other: other.id, verdict } })),
    onSuccess: async (_, { one, other, verdict }) => {
      const names = [nameOf(one), nameOf(other)] as const;
      await cache.invalidateQueries();
      if (verdict === 'same') succeed(text.identities.confirmed(...names));
      else if (verdict === 'different') succeed(text.identities.separated(...names));
      else succeed(text.identities.withdrawn);
    },
    onError: fail,
  });
}
