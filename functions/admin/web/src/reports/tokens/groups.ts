// The groups of the tables on tokens: the name of a row, and the filter that it sets.
import type { PersonRef, TokenRow } from '../../api/types';
import { addressOfTeam, isNoTeam, teamName } from '../addresses';
import type { Cell } from '../chart/csv';
import type { TokenFilter } from './token-filters';

export type Group = 'model' | 'person' | 'team' | 'surface';

export interface Named {
  /** Null: the provider does not report it. */
  name: string | null;
  /** Distinguishes people with equal names. */
  detail: string | null;
  /** The filter that limits the page to this row; null if there is none. */
  filter: Partial<Record<TokenFilter, string>> | null;
  /** The person that the name links to. */
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

/** A person has one name over all providers. A subject without a person, e.g. an API key, has the provider's name. */
function personOf({ subject, person }: TokenRow): Named {
  if (subject === null || subject.id === '') return NO_NAME;
  const { id, name, email } = subject;
  const address = email === '' ? null : email;
  const shown = [person?.name, name, address].find(Boolean) ?? id;
  const detail = address === shown ? null : address;
  return { name: shown, detail, filter: person === null ? { subject: id } : null, person };
}

/** The CSV columns that identify a row. */
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
