// What the report on tokens is limited to, beside days and connectors. It is part of the address.
import { asked, type Filters } from '../filters/filters';
import { useAddress } from '../filters/use-address';

const NAMES = ['model', 'team', 'surface', 'email', 'subject'] as const;
export type TokenFilter = (typeof NAMES)[number];
export type TokenFilters = Partial<Record<TokenFilter, string>>;

export function readTokenFilters(search: URLSearchParams): TokenFilters {
  const found = NAMES.map((name) => [name, search.get(name)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== null && value !== ''));
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

/** The part of the filters that every question on tokens takes. */
export const askedOfTokens = (filters: Filters, only: TokenFilters) => ({ ...asked(filters), ...only });

/** The address with a filter, for a link. */
export function hrefWith(search: URLSearchParams, change: Partial<Record<TokenFilter, string | null>>): string {
  return `/tokens?${writeTokenFilters(search, change).toString()}`;
}

export function useTokenFilters(): [TokenFilters, (change: Partial<Record<TokenFilter, string | null>>) => void] {
  const [search, setSearch] = useAddress();
  return [readTokenFilters(search), (change) => setSearch((now) => writeTokenFilters(now, change))];
}
