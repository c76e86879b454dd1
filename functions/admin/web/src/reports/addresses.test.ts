import { matchRoutes } from 'react-router';
import { expect, test } from 'vitest';

import { addressOfTeam, hrefOfTeam } from './addresses';

const NO_FILTERS = new URLSearchParams();
/** The team that the team page reads from its address. */
const read = (href: string) => matchRoutes([{ path: '/teams/*' }], href)?.[0]?.params['*'];

test('the address of a team has its connector or its mapped name', () => {
  const teams = [{ id: '42', connector: 'c-1' }, { id: '@platform', connector: null }];
  expect(teams.map(addressOfTeam)).toEqual(['c-1/42', '@platform']);
  expect(teams.map((team) => hrefOfTeam(team, NO_FILTERS))).toEqual(['/teams/c-1/42', '/teams/%40platform']);
});

test('the team page reads the team that the link names', () => {
  const teams = [{ id: '42', connector: 'c-1' }, { id: '@dev & ops/é?', connector: null }, { id: 'a.b#c', connector: 'c-1' }];
  expect(teams.map((team) => read(hrefOfTeam(team, new URLSearchParams('last=7'))))).toEqual(['c-1/42', '@dev & ops/é?', 'c-1/a.b#c']);
});
