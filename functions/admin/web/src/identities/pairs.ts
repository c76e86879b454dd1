import type { IdentityRef, IdentityRow, SuggestionView } from '../api/words';

export interface Pair {
  key: string;
  one: IdentityRow;
  suggestion: SuggestionView;
}

/** Each suggestion stands in the rows of both identities; it is shown once. */
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

/** What people call an identity. */
export const nameOf = ({ name, email, subject }: Pick<IdentityRef, 'name' | 'email' | 'subject'>): string => name ?? email ?? subject;
