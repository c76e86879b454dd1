import type { IdentityRef, IdentityRow, SuggestionView } from '../api/types';

export interface Pair {
  key: string;
  one: IdentityRow;
  suggestion: SuggestionView;
}

/** Each suggestion is in the rows of both identities. The table shows it once. */
export function pairsOf(rows: readonly IdentityRow[]): Pair[] {
  const shown = new Set<string>();
  return rows.flatMap((one) =>
    one.suggestions.flatMap((suggestion): Pair[] => {
      const key = [one.id, suggestion.identity.id].sort().join(' ');
      if (shown.has(key)) return [];
      shown.add(key);
      return [{ key, one, suggestion }];
    }),
  );
}

/** The display name of an identity. */
export const nameOf = ({ name, email, subject }: Pick<IdentityRef, 'name' | 'email' | 'subject'>): string => name ?? email ?? subject;
