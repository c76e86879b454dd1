import { useQuery } from '@tanstack/react-query';

import { useApi } from '../api/client';
import { connectors, providers } from '../api/queries';
import type { Break } from '../api/words';
import type { Filters } from './filters/filters';

const NONE: Break[] = [];

/** Days of the range on which a provider that is looked at began to count otherwise. */
export function useBreaks({ from, to, provider, connector }: Filters): Break[] {
  const api = useApi();
  const known = useQuery(connectors(api)).data;
  const all = useQuery(providers(api)).data;
  if (known === undefined || all === undefined) return NONE;
  const meant = known.filter(
    (one) => (connector === null || one.id === connector) && (provider === null || one.provider === provider),
  );
  const ids = new Set(meant.map((one) => one.provider));
  return all.filter(({ id }) => ids.has(id)).flatMap(({ breaks }) => breaks.filter(({ day }) => from <= day && day <= to));
}
