import Link from '@cloudscape-design/components/link';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';

import type { PersonRef, TeamRef } from '../api/types';
import { useFollow } from '../shell/follow';
import { text } from '../strings';
import { hrefOfPerson, hrefOfTeam, isNoTeam, teamName } from './addresses';
import { hrefWithFilters } from './filters/filters';

/** Links to a person and keeps the filters. */
export function PersonLink({ person, children }: { person: Pick<PersonRef, 'id'>; children: ReactNode }) {
  const follow = useFollow();
  const [search] = useSearchParams();
  return (
    <Link href={hrefOfPerson(person, search)} onFollow={follow}>
      {children}
    </Link>
  );
}

/** Links to a team. Rows of people without a team have no link. */
export function TeamLink({ team }: { team: TeamRef }) {
  const follow = useFollow();
  const [search] = useSearchParams();
  if (isNoTeam(team)) return <>{text.teams.noTeam}</>;
  return (
    <Link href={hrefOfTeam(team, search)} onFollow={follow}>
      {teamName(team)}
    </Link>
  );
}

/** Shows each name once. If two connectors have a team with this name, it links to the list of both. */
export function TeamLinks({ teams }: { teams: readonly TeamRef[] }) {
  const follow = useFollow();
  const [search] = useSearchParams();
  if (teams.length === 0) return <>–</>;
  const names = [...new Set(teams.map(teamName))];
  return names.map((name, place) => {
    const [team, ...others] = teams.filter((one) => teamName(one) === name);
    return (
      <span key={name}>
        {place > 0 && ', '}
        {team !== undefined && others.length === 0 ? (
          <TeamLink team={team} />
        ) : (
          <Link href={hrefWithFilters('/teams', search, { search: name })} onFollow={follow}>
            {name}
          </Link>
        )}
      </span>
    );
  });
}
