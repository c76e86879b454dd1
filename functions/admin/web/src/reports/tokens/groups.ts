// What the tables on tokens are grouped by: how a row is named, and which filter it stands for.
import type { TokenRow } from '../../api/words';
import type { Cell } from '../chart/csv';
import type { TokenFilter } from './token-filters';

export type Group = 'model' | 'person' | 'team' | 'surface';

export interface Named {
  /** Null: the provider does not report it. */
  name: string | null;
  /** Tells people of one name apart. */
  detail: string | null;
  /** Limits the page to this row; null where there is nothing to limit it to. */
  filter: Partial<Record<TokenFilter, string>> | null;
}

const NO_NAME: Named = { name: null, detail: null, filter: null };

export function named(row: TokenRow, by: Group): Named {
  if (by === 'person') return personOf(row);
  if (by === 'team') {
    const { team } = row;
    return team === null || team.id === '' ? NO_NAME : { name: team.name ?? team.id, detail: null, filter: { team: team.id } };
  }
  const value = row[by];
  return value === null || value === '' ? NO_NAME : { name: value, detail: null, filter: { [by]: value } };
}

function personOf({ subject }: TokenRow): Named {
  if (subject === null || subject.id === '') return NO_NAME;
  const { id, name, email } = subject;
  const address = email === '' ? null : email;
  const shown = [name, address].find(Boolean) ?? id;
  return { name: shown, detail: address === shown ? null : address, filter: address === null ? { subject: id } : { email: address } };
}

/** The columns of the file that say what a row is about. */
export function csvCells(by: Group): { header: string[]; of: (row: TokenRow) => Cell[] } {
  if (by === 'person') {
    return { header: ['level', 'id', 'name', 'email'], of: ({ level, subject }) => [level, subject?.id, subject?.name, subject?.email] };
  }
  if (by === 'team') return { header: ['team_id', 'team'], of: ({ team }) => [team?.id, team?.name] };
  return { header: [by], of: (row) => [row[by]] };
}
