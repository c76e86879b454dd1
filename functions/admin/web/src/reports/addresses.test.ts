import { matchRoutes } from 'react-router';
import { expect, test } from 'vitest';

import { addressOfTeam, hrefOfTeam } from './addresses';

const NO_FILTERS = new URLSearchParams();
/** What the page of a team reads from its own address. */
const read = (href: string) => matchRoutes([{ path: '/teams/*' }], href)?.[0]?.params['*'];

test('a team is named by its connector, and one of the mapping file by its name', () => {
  const teams = [{ id: '42', connector: 'c-1' }, { id: '@platform', connector: null }];
  expect(teams.map(addressOfTeam)).toEqual(['c-1/42', '@platform']);
  expect(teams.map((team) => hrefOfTeam(team, NO_FILTERS))).toEqual(['/teams/c-1/42', '/teams/%40platform']);
});

test('the page of a team finds the team that the link meant', () => {
  const teams = [{ id: '42', connector: 'c-1' }, { id: '@dev & ops/é?', connector: null }, { id: 'a.b#c', connector: 'c-1' }];
  expect(teams.map((team) => read(hrefOfTeam(team, new URLSearchParams('last=7'))))).toEqual(['c-1/42', '@dev & ops/é?', 'c-1/a.b#c']);
});
