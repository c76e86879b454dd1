// What the tables on tokens are grouped by: how a row is named, and which filter it stands for.
import type { PersonRef, TokenRow } from '../../api/words';
import { addressOfTeam, isNoTeam, teamName } from '../addresses';
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
  /** Whose page the name leads to. */
  person: PersonRef | null;
}

const NO_NAME: Named = { name: null, detail: null, filter: null, person: null };

export function named(row: TokenRow, by: Group): Named {
  if (by === 'person') return personOf(row);
  if (by === 'team') {
    const { team } = row;
    return team === null || isNoTeam(team) ? NO_NAME : { ...NO_NAME, name: teamName(team), filter: { team: addressOfTeam(team) } };
  }
  const value = row[by];
  return value === null || value === '' ? NO_NAME : { ...NO_NAME, name: value, filter: { [by]: value } };
}

/** A person has one name at every provider. What acts for people, e.g. an API key, has the provider's. */
function personOf({ subject, person }: TokenRow): Named {
  if (subject === null || subject.id === '') return NO_NAME;
  const { id, name, email } = subject;
  const address = email === '' ? null : email;
  const shown = [person?.name, name, address].find(Boolean) ?? id;
  const detail = address === shown ? null : address;
  return { name: shown, detail, filter: person === null ? { subject: id } : null, person };
}

/** The columns of the file that say what a row is about. */
export function csvCells(by: Group): { header: string[]; of: (row: TokenRow) => Cell[] } {
  if (by === 'person') {
    return {
      header: ['level', 'person', 'id', 'name', 'email'],
      of: (row) => [row.level, row.person?.id, row.subject?.id, personOf(row).name, row.subject?.email],
    };
  }
  if (by === 'team') return { header: ['team_id', 'team'], of: ({ team }) => [team === null ? null : addressOfTeam(team), team?.name] };
  return { header: [by], of: (row) => [row[by]] };
}
