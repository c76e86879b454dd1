// Where people and teams stand in the app. A link keeps the days and the connectors that are looked at.
import type { PersonRef, TeamRef } from '../api/words';
import { carried } from './filters/filters';

export const hrefOfPerson = ({ id }: Pick<PersonRef, 'id'>, search: URLSearchParams): string => carried(`/people/${encodeURIComponent(id)}`, search);

type Team = Pick<TeamRef, 'id' | 'connector'>;

/** As the API takes it in `team`: two connectors may have teams of one id. Teams of the mapping file belong to no connector. */
export const addressOfTeam = ({ id, connector }: Team): string => (connector === null ? id : `${connector}/${id}`);

export const hrefOfTeam = (team: Team, search: URLSearchParams): string =>
  carried(`/teams/${addressOfTeam(team).split('/').map(encodeURIComponent).join('/')}`, search);

/** Who is in no team has a row, and no page. */
export const isNoTeam = ({ id }: Team): boolean => id === '';
export const teamName = ({ id, name }: Pick<TeamRef, 'id' | 'name'>): string => name ?? id;
