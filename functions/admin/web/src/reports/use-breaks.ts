import { useQuery } from '@tanstack/react-query';

import { useApi } from '../api/client';
import { connectors, providers } from '../api/queries';
import type { Break } from '../api/words';
import { type Filters, meant } from './filters/filters';

const NONE: Break[] = [];

/** Days of the range on which a provider that is looked at began to count otherwise. */
export function useBreaks(filters: Filters): Break[] {
  const { from, to } = filters;
  const api = useApi();
  const known = useQuery(connectors(api)).data;
  const all = useQuery(providers(api)).data;
  if (known === undefined || all === undefined) return NONE;
  const ids = new Set(meant(known, filters).map((one) => one.provider));
  return all.filter(({ id }) => ids.has(id)).flatMap(({ breaks }) => breaks.filter(({ day }) => from <= day && day <= to));
}
