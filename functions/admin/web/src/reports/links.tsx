import Link from '@cloudscape-design/components/link';
import type { ReactNode } from 'react';
import { useSearchParams } from 'react-router';

import type { PersonRef, TeamRef } from '../api/words';
import { useFollow } from '../shell/follow';
import { text } from '../strings';
import { hrefOfPerson, hrefOfTeam, isNoTeam, teamName } from './addresses';

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

export function TeamLinks({ teams }: { teams: readonly TeamRef[] }) {
  if (teams.length === 0) return <>–</>;
  return teams.map((team, place) => (
    <span key={`${team.connector ?? ''}/${team.id}`}>
      {place > 0 && ', '}
      <TeamLink team={team} />
    </span>
  ));
}
