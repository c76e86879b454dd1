import type { SideNavigationProps } from '@cloudscape-design/components/side-navigation';
import { type ComponentType, lazy } from 'react';

import { hrefWithFilters } from '../reports/filters/filters';
import OverviewPage from '../reports/overview/overview-page';
import { text } from '../strings';

interface Place {
  path: string;
  page: ComponentType;
  /** Missing if other pages link to the page and the navigation does not. */
  title?: string;
}

interface Part {
  title: string | null;
  places: Place[];
}

/**
 * All pages of the app. One line here gives a page its route, its chunk and its navigation entry. The first page is part
 * of the main chunk, because nearly all other pages need the same modules.
 */
export const parts: Part[] = [
  { title: null, places: [{ path: '/', title: text.overview.title, page: OverviewPage }] },
  {
    title: text.navigation.reports,
    places: [
      { path: '/usage', title: text.usage.title, page: lazy(() => import('../reports/usage/usage-page')) },
      { path: '/breakdowns', title: text.breakdowns.title, page: lazy(() => import('../reports/breakdowns/breakdowns-page')) },
      { path: '/pull-requests', title: text.pullRequests.title, page: lazy(() => import('../reports/pull-requests/pull-requests-page')) },
      { path: '/costs', title: text.costs.title, page: lazy(() => import('../reports/costs/costs-page')) },
      { path: '/tokens', title: text.tokens.title, page: lazy(() => import('../reports/tokens/tokens-page')) },
      { path: '/people', title: text.people.title, page: lazy(() => import('../reports/people/people-page')) },
      { path: '/people/:id', page: lazy(() => import('../reports/person/person-page')) },
      { path: '/teams', title: text.teams.title, page: lazy(() => import('../reports/teams/teams-page')) },
      { path: '/teams/*', page: lazy(() => import('../reports/teams/team-page')) },
      { path: '/seats', title: text.seats.title, page: lazy(() => import('../reports/seats/seats-page')) },
    ],
  },
  {
    title: text.navigation.settings,
    places: [
      { path: '/connectors', title: text.connectors.title, page: lazy(() => import('../connectors/list/connectors-page')) },
      { path: '/connectors/new', page: lazy(() => import('../connectors/add/add-page')) },
      { path: '/connectors/new/app', page: lazy(() => import('../connectors/add/app-return-page')) },
      { path: '/connectors/:id', page: lazy(() => import('../connectors/detail/connector-page')) },
      { path: '/identities', title: text.identities.title, page: lazy(() => import('../identities/identities-page')) },
    ],
  },
];

/** The navigation with links that keep the date range and the connectors of the current page. */
export function navigationItems(badges: Record<string, React.ReactNode>, search: URLSearchParams): SideNavigationProps.Item[] {
  return parts.flatMap(({ title, places }): SideNavigationProps.Item[] => {
    const links = places.flatMap((place): SideNavigationProps.Item[] =>
      place.title === undefined ? [] : [{ type: 'link', text: place.title, href: hrefWithFilters(place.path, search), info: badges[place.path] }],
    );
    return title === null ? [...links, { type: 'divider' }] : [{ type: 'section', text: title, items: links }];
  });
}

/** The navigation entry of a page. */
export function activeHref(pathname: string, search: URLSearchParams): string {
  return hrefWithFilters(`/${pathname.split('/')[1] ?? ''}`, search);
}
