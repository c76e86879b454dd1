import { useQuery } from '@tanstack/react-query';

import { useApi } from '../api/client';
import { connectors, providers } from '../api/queries';
import type { Break } from '../api/types';
import { type Filters, inScope } from './filters/filters';

const NONE: Break[] = [];

/** Changes of definitions by the selected providers in the range. */
export function useBreaks(filters: Filters): Break[] {
  const { from, to } = filters;
  const api = useApi();
  const connected = useQuery(connectors(api)).data;
  const all = useQuery(providers(api)).data;
  if (connected === undefined || all === undefined) return NONE;
  const ids = new Set(inScope(connected, filters).map((one) => one.provider));
  return all.filter(({ id }) => ids.has(id)).flatMap(({ breaks }) => breaks.filter(({ day }) => from <= day && day <= to));
}
