import { useSearchParams } from 'react-router';

import { type Filters, readFilters, writeFilters } from './filters';

type Change = Parameters<typeof writeFilters>[1];

export function useFilters(): [Filters, (change: Change) => void] {
  const [search, setSearch] = useSearchParams();
  return [readFilters(search), (change) => setSearch((now) => writeFilters(now, change), { replace: true })];
}
