// Addresses of people and teams in the app. A link keeps the days and the connectors.
import type { PersonRef, TeamRef } from '../api/types';
import { hrefWithFilters } from './filters/filters';

export const hrefOfPerson = ({ id }: Pick<PersonRef, 'id'>, search: URLSearchParams): string => hrefWithFilters(`/people/${encodeURIComponent(id)}`, search);

type Team = Pick<TeamRef, 'id' | 'connector'>;

/** The value of the parameter `team`: two connectors may have teams with equal ids. Teams of the mapping file have no connector. */
export const addressOfTeam = ({ id, connector }: Team): string => (connector === null ? id : `${connector}/${id}`);

export const hrefOfTeam = (team: Team, search: URLSearchParams): string =>
  hrefWithFilters(`/teams/${addressOfTeam(team).split('/').map(encodeURIComponent).join('/')}`, search);

/** Whether a row is about people without a team. It has no page. */
export const isNoTeam = ({ id }: Team): boolean => id === '';
export const teamName = ({ id, name }: Pick<TeamRef, 'id' | 'name'>): string => name ?? id;
