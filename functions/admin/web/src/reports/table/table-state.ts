// The sort order and search of a table. They live in the address.
import { useAddress } from '../filters/use-address';

export interface Sorting<S extends string> {
  sort: S;
  order: 'asc' | 'desc';
}

export interface TableState<S extends string> extends Sorting<S> {
  /** Empty: no search. */
  search: string;
}

type Change = Partial<Record<'sort' | 'order' | 'search' | 'use' | 'tab' | 'status' | 'provider', string>>;

export function readTableState<S extends string>(address: URLSearchParams, sorts: readonly S[], initial: Sorting<S>): TableState<S> {
  const search = address.get('search') ?? '';
  const sort = sorts.find((one) => one === address.get('sort'));
  if (sort === undefined) return { ...initial, search };
  return { sort, order: address.get('order') === 'desc' ? 'desc' : 'asc', search };
}

/** The address after a change. An empty value removes a parameter. */
export function writeTableState(address: URLSearchParams, change: Change): URLSearchParams {
  const next = new URLSearchParams(address);
  for (const [name, value] of Object.entries(change)) {
    if (value === '') next.delete(name);
    else next.set(name, value);
  }
  return next;
}

/** The state of the page's table. A page has at most one such table. */
export function useTableState<S extends string>(sorts: readonly S[], initial: Sorting<S>): [TableState<S>, (change: Change) => void] {
  const [address, setAddress] = useAddress();
  return [readTableState(address, sorts, initial), (change) => setAddress((now) => writeTableState(now, change), { replace: true })];
}

/** The query parameters of the table. */
export function tableQuery<S extends string>({ sort, order, search }: TableState<S>) {
  return { sort, order, ...(search.trim() !== '' && { search: search.trim() }) };
}
