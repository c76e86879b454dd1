// All queries of the pages. Equal queries on two pages share one request. A request is aborted when no page needs it.
import { queryOptions } from '@tanstack/react-query';

import { type Api, answer } from './client';
import { type PagedQuery, REPORTS_STAY_FRESH, ROWS_A_PAGE, allPages } from './paged';
import { Refusal } from './refusal';
import type { operations } from './schema';
import type { Connector, IdentitiesPage, PeoplePage, SeatsPage, TeamsPage, TokensPage } from './types';

const MINUTE = 60_000;

type QueryOf<O extends keyof operations> = NonNullable<operations[O]['parameters']['query']>;
export type UsageQuery = Omit<QueryOf<'usage'>, 'cursor' | 'limit'>;
export type BreakdownQuery = Omit<QueryOf<'breakdown'>, 'cursor' | 'limit'>;
export type PullRequestsQuery = Omit<QueryOf<'pull_requests'>, 'cursor' | 'limit'>;
export type CostsQuery = Omit<QueryOf<'costs'>, 'cursor' | 'limit'>;
export type TokensQuery = Omit<QueryOf<'tokens'>, 'cursor' | 'limit'>;
export type SeatsQuery = Omit<QueryOf<'seats'>, 'cursor' | 'limit'>;
export type PeopleQuery = Omit<QueryOf<'people'>, 'cursor' | 'limit'>;
export type ActivePeopleQuery = Omit<QueryOf<'active_people'>, 'cursor' | 'limit'>;
export type IdentitiesQuery = Omit<QueryOf<'identities'>, 'cursor' | 'limit'>;
export type TeamsQuery = Omit<QueryOf<'teams'>, 'cursor' | 'limit'>;

export const providers = (api: Api) =>
  queryOptions({
    queryKey: ['providers'],
    queryFn: async ({ signal }) => (await answer(api.GET('/v1/providers', { signal }))).providers,
    staleTime: Infinity,
  });

export const connectors = (api: Api) =>
  queryOptions({
    queryKey: ['connectors'],
    queryFn: async ({ signal }) => {
      const connectors: Connector[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await answer(api.GET('/v1/connectors', { params: { query: cursor ? { cursor } : {} }, signal }));
        connectors.push(...page.connectors);
        cursor = page.next_cursor;
      } while (cursor);
      return connectors;
    },
  });

export const connector = (api: Api, id: string) =>
  queryOptions({
    queryKey: ['connectors', id],
    queryFn: ({ signal }) => answer(api.GET('/v1/connectors/{id}', { params: { path: { id } }, signal })),
  });

export const ledger = (api: Api, id: string) =>
  queryOptions({
    queryKey: ['connectors', id, 'ledger'],
    queryFn: ({ signal }) => answer(api.GET('/v1/connectors/{id}/ledger', { params: { path: { id } }, signal })),
  });

export const notices = (api: Api) =>
  queryOptions({
    queryKey: ['notices'],
    queryFn: ({ signal }) => answer(api.GET('/v1/notices', { signal })),
    refetchInterval: MINUTE,
  });

export const freshness = (api: Api) =>
  queryOptions({
    queryKey: ['freshness'],
    queryFn: async ({ signal }) => (await answer(api.GET('/v1/freshness', { signal }))).rows,
  });

export const usage = (api: Api, query: UsageQuery) =>
  queryOptions({
    queryKey: ['usage', query],
    queryFn: ({ signal }) =>
      allPages((cursor) => answer(api.GET('/v1/usage', { params: { query: { ...query, limit: ROWS_A_PAGE, cursor } }, signal }))),
    staleTime: REPORTS_STAY_FRESH,
  });

export const breakdown = (api: Api, query: BreakdownQuery) =>
  queryOptions({
    queryKey: ['breakdown', query],
    queryFn: ({ signal }) =>
      allPages((cursor) =>
        answer(api.GET('/v1/usage/breakdown', { params: { query: { ...query, limit: ROWS_A_PAGE, cursor } }, signal })),
      ),
    staleTime: REPORTS_STAY_FRESH,
  });

export const pullRequests = (api: Api, query: PullRequestsQuery) =>
  queryOptions({
    queryKey: ['pull-requests', query],
    queryFn: ({ signal }) =>
      allPages((cursor) =>
        answer(api.GET('/v1/pull-requests', { params: { query: { ...query, limit: ROWS_A_PAGE, cursor } }, signal })),
      ),
    staleTime: REPORTS_STAY_FRESH,
  });

export const costs = (api: Api, query: CostsQuery) =>
  queryOptions({
    queryKey: ['costs', query],
    queryFn: ({ signal }) =>
      allPages((cursor) => answer(api.GET('/v1/costs', { params: { query: { ...query, limit: ROWS_A_PAGE, cursor } }, signal }))),
    staleTime: REPORTS_STAY_FRESH,
  });

export const tokens = (api: Api, query: TokensQuery) =>
  queryOptions({
    queryKey: ['tokens', query],
    queryFn: ({ signal }) =>
      allPages((cursor) => answer(api.GET('/v1/tokens', { params: { query: { ...query, limit: ROWS_A_PAGE, cursor } }, signal }))),
    staleTime: REPORTS_STAY_FRESH,
  });

/** Fetches a page when the user opens it. */
export const tokenPages = (api: Api, query: TokensQuery): PagedQuery<TokensPage> => ({
  key: ['tokens', query],
  page: (cursor, limit, signal) => answer(api.GET('/v1/tokens', { params: { query: { ...query, limit, cursor } }, signal })),
});

export const seatPages = (api: Api, query: SeatsQuery): PagedQuery<SeatsPage> => ({
  key: ['seats', query],
  page: (cursor, limit, signal) => answer(api.GET('/v1/seats', { params: { query: { ...query, limit, cursor } }, signal })),
});

export const seatsSummary = (api: Api, query: Pick<SeatsQuery, 'connector' | 'provider'>) =>
  queryOptions({
    queryKey: ['seats', 'summary', query],
    queryFn: async ({ signal }) => (await answer(api.GET('/v1/seats', { params: { query: { ...query, limit: 1 } }, signal }))).summary,
    staleTime: REPORTS_STAY_FRESH,
  });

export const peoplePages = (api: Api, query: PeopleQuery): PagedQuery<PeoplePage> => ({
  key: ['people', query],
  page: (cursor, limit, signal) => answer(api.GET('/v1/people', { params: { query: { ...query, limit, cursor } }, signal })),
});

/** The number of people. `peoplePages` has the rows. */
export const peopleCounts = (api: Api, query: PeopleQuery) =>
  queryOptions({
    queryKey: ['people', 'counts', query],
    queryFn: async ({ signal }) => {
      const { total, active } = await answer(api.GET('/v1/people', { params: { query: { ...query, limit: 1 } }, signal }));
      return { total, active };
    },
    staleTime: REPORTS_STAY_FRESH,
  });

/** Finds a person by the id of the person or of any identity; null for an unknown id. */
export const person = (api: Api, id: string, query: QueryOf<'person'>) =>
  queryOptions({
    queryKey: ['people', id, query],
    queryFn: async ({ signal }) => {
      try {
        return await answer(api.GET('/v1/people/{id}', { params: { path: { id }, query: query }, signal }));
      } catch (error) {
        if (error instanceof Refusal && error.status === 404) return null;
        throw error;
      }
    },
    staleTime: REPORTS_STAY_FRESH,
  });

const SUGGESTIONS_AT_ONCE = 100;

/** The first identities with suggestions, and the summary of all identities. */
export const identitiesWithSuggestions = (api: Api) =>
  queryOptions({
    queryKey: ['identities', 'suggested'],
    queryFn: ({ signal }) =>
      answer(api.GET('/v1/identities', { params: { query: { status: 'suggested', limit: SUGGESTIONS_AT_ONCE } }, signal })),
  });

export const identityPages = (api: Api, query: IdentitiesQuery): PagedQuery<IdentitiesPage> => ({
  key: ['identities', 'pages', query],
  page: (cursor, limit, signal) => answer(api.GET('/v1/identities', { params: { query: { ...query, limit, cursor } }, signal })),
});

/** Distinct people: each person counts once over all connectors. */
export const activePeople = (api: Api, query: ActivePeopleQuery) =>
  queryOptions({
    queryKey: ['active-people', query],
    queryFn: ({ signal }) =>
      allPages((cursor) =>
        answer(api.GET('/v1/active-people', { params: { query: { ...query, limit: ROWS_A_PAGE, cursor } }, signal })),
      ),
    staleTime: REPORTS_STAY_FRESH,
  });

export const teamPages = (api: Api, query: TeamsQuery): PagedQuery<TeamsPage> => ({
  key: ['teams', query],
  page: (cursor, limit, signal) => answer(api.GET('/v1/teams', { params: { query: { ...query, limit, cursor } }, signal })),
});

export const teams = (api: Api, query: TeamsQuery) =>
  queryOptions({
    queryKey: ['teams', query],
    queryFn: ({ signal }) =>
      allPages((cursor) => answer(api.GET('/v1/teams', { params: { query: { ...query, limit: ROWS_A_PAGE, cursor } }, signal }))),
    staleTime: REPORTS_STAY_FRESH,
  });
