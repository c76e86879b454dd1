import Link from '@cloudscape-design/components/link';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';

import type { PersonRef, TeamRef } from '../api/words';
import { useFollow } from '../shell/follow';
import { text } from '../strings';
import { hrefOfPerson, hrefOfTeam, isNoTeam, teamName } from './addresses';
import { carried } from './filters/filters';

/** Leads to a person, with the days that are looked at. */
export function PersonLink({ person, children }: { person: Pick<PersonRef, 'id'>; children: ReactNode }) {
  const follow = useFollow();
  const [search] = useSearchParams();
  return (
    <Link href={hrefOfPerson(person, search)} onFollow={follow}>
      {children}
    </Link>
  );
}

/** Leads to a team; who is in no team has none. */
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

/** Each name once. Two connectors may have a team of one name: such a name leads to the list of both. */
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
          <Link href={carried('/teams', search, { search: name })} onFollow={follow}>
            {name}
          </Link>
        )}
      </span>
    );
  });
}
