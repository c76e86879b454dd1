import { type Filters, readFilters, writeFilters } from './filters';
import { useAddress } from './use-address';

type Change = Parameters<typeof writeFilters>[1];

export function useFilters(): [Filters, (change: Change) => void] {
  const [search, setSearch] = useAddress();
  return [readFilters(search), (change) => setSearch((now) => writeFilters(now, change), { replace: true })];
}
