// The filters of the report on tokens, in addition to days and connectors. They live in the address.
import { queryOf, type Filters } from '../filters/filters';
import { useAddress } from '../filters/use-address';

const NAMES = ['model', 'team', 'surface', 'email', 'subject'] as const;
export type TokenFilter = (typeof NAMES)[number];
export type TokenFilters = Partial<Record<TokenFilter, string>>;

export function readTokenFilters(search: URLSearchParams): TokenFilters {
  const values = NAMES.map((name) => [name, search.get(name)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== null && value !== ''));
}

/** The address after a change; null removes a filter. A person is chosen either by e-mail address or by id. */
export function writeTokenFilters(search: URLSearchParams, change: Partial<Record<TokenFilter, string | null>>): URLSearchParams {
  const next = new URLSearchParams(search);
  if ('email' in change) next.delete('subject');
  if ('subject' in change) next.delete('email');
  for (const [name, value] of Object.entries(change)) {
    if (value === null) next.delete(name);
    else next.set(name, value);
  }
  return next;
}

export const namesOf = (filters: TokenFilters): TokenFilter[] => NAMES.filter((name) => filters[name] !== undefined);

/** Query parameters of all queries about tokens. */
export const tokensQuery = (filters: Filters, only: TokenFilters) => ({ ...queryOf(filters), ...only });

/** A link that adds a filter to the address. */
export function hrefWith(search: URLSearchParams, change: Partial<Record<TokenFilter, string | null>>): string {
  return `/tokens?${writeTokenFilters(search, change).toString()}`;
}

export function useTokenFilters(): [TokenFilters, (change: Partial<Record<TokenFilter, string | null>>) => void] {
  const [search, setSearch] = useAddress();
  return [readTokenFilters(search), (change) => setSearch((now) => writeTokenFilters(now, change))];
}
