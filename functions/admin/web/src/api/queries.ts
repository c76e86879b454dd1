// What the pages ask, each question once: the same question on two pages is one request. Who no longer wants to know calls it off.
import { queryOptions } from '@tanstack/react-query';

import { type Api, answer } from './client';
import { type Paged, REPORTS_STAY_FRESH, ROWS_A_PAGE, whole } from './paged';
import { Refusal } from './refusal';
import type { operations } from './schema';
import type { Connector, IdentitiesPage, PeoplePage, SeatsPage, TeamsPage, TokensPage } from './words';

const MINUTE = 60_000;

type Asked<O extends keyof operations> = NonNullable<operations[O]['parameters']['query']>;
export type UsageQuestion = Omit<Asked<'usage'>, 'cursor' | 'limit'>;
export type BreakdownQuestion = Omit<Asked<'breakdown'>, 'cursor' | 'limit'>;
export type PullRequestsQuestion = Omit<Asked<'pull_requests'>, 'cursor' | 'limit'>;
export type CostsQuestion = Omit<Asked<'costs'>, 'cursor' | 'limit'>;
export type TokensQuestion = Omit<Asked<'tokens'>, 'cursor' | 'limit'>;
export type SeatsQuestion = Omit<Asked<'seats'>, 'cursor' | 'limit'>;
export type PeopleQuestion = Omit<Asked<'people'>, 'cursor' | 'limit'>;
export type ActivePeopleQuestion = Omit<Asked<'active_people'>, 'cursor' | 'limit'>;
export type IdentitiesQuestion = Omit<Asked<'identities'>, 'cursor' | 'limit'>;
export type TeamsQuestion = Omit<Asked<'teams'>, 'cursor' | 'limit'>;

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
      const found: Connector[] = [];
      let cursor: string | null | undefined;
      do {
        const page = await answer(api.GET('/v1/connectors', { params: { query: cursor ? { cursor } : {} }, signal }));
        found.push(...page.connectors);
        cursor = page.next_cursor;
      } while (cursor);
      return found;
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

export const usage = (api: Api, asked: UsageQuestion) =>
  queryOptions({
    queryKey: ['usage', asked],
    queryFn: ({ signal }) =>
      whole((cursor) => answer(api.GET('/v1/usage', { params: { query: { ...asked, limit: ROWS_A_PAGE, cursor } }, signal }))),
    staleTime: REPORTS_STAY_FRESH,
  });

export const breakdown = (api: Api, asked: BreakdownQuestion) =>
  queryOptions({
    queryKey: ['breakdown', asked],
    queryFn: ({ signal }) =>
      whole((cursor) =>
        answer(api.GET('/v1/usage/breakdown', { params: { query: { ...asked, limit: ROWS_A_PAGE, cursor } }, signal })),
      ),
    staleTime: REPORTS_STAY_FRESH,
  });

export const pullRequests = (api: Api, asked: PullRequestsQuestion) =>
  queryOptions({
    queryKey: ['pull-requests', asked],
    queryFn: ({ signal }) =>
      whole((cursor) =>
        answer(api.GET('/v1/pull-requests', { params: { query: { ...asked, limit: ROWS_A_PAGE, cursor } }, signal })),
      ),
    staleTime: REPORTS_STAY_FRESH,
  });

export const costs = (api: Api, asked: CostsQuestion) =>
  queryOptions({
    queryKey: ['costs', asked],
    queryFn: ({ signal }) =>
      whole((cursor) => answer(api.GET('/v1/costs', { params: { query: { ...asked, limit: ROWS_A_PAGE, cursor } }, signal }))),
    staleTime: REPORTS_STAY_FRESH,
  });

export const tokens = (api: Api, asked: TokensQuestion) =>
  queryOptions({
    queryKey: ['tokens', asked],
    queryFn: ({ signal }) =>
      whole((cursor) => answer(api.GET('/v1/tokens', { params: { query: { ...asked, limit: ROWS_A_PAGE, cursor } }, signal }))),
    staleTime: REPORTS_STAY_FRESH,
  });

/** Page by page, as far as they are looked at. */
export const tokenPages = (api: Api, asked: TokensQuestion): Paged<TokensPage> => ({
  key: ['tokens', asked],
  page: (cursor, limit, signal) => answer(api.GET('/v1/tokens', { params: { query: { ...asked, limit, cursor } }, signal })),
});

export const seatPages = (api: Api, asked: SeatsQuestion): Paged<SeatsPage> => ({
  key: ['seats', asked],
  page: (cursor, limit, signal) => answer(api.GET('/v1/seats', { params: { query: { ...asked, limit, cursor } }, signal })),
});

export const seatsSummary = (api: Api, asked: Pick<SeatsQuestion, 'connector' | 'provider'>) =>
  queryOptions({
    queryKey: ['seats', 'summary', asked],
    queryFn: async ({ signal }) => (await answer(api.GET('/v1/seats', { params: { query: { ...asked, limit: 1 } }, signal }))).summary,
    staleTime: REPORTS_STAY_FRESH,
  });

export const peoplePages = (api: Api, asked: PeopleQuestion): Paged<PeoplePage> => ({
  key: ['people', asked],
  page: (cursor, limit, signal) => answer(api.GET('/v1/people', { params: { query: { ...asked, limit, cursor } }, signal })),
});

/** How many people there are; the rows are asked for page by page. */
export const peopleCounts = (api: Api, asked: PeopleQuestion) =>
  queryOptions({
    queryKey: ['people', 'counts', asked],
    queryFn: async ({ signal }) => {
      const { total, active } = await answer(api.GET('/v1/people', { params: { query: { ...asked, limit: 1 } }, signal }));
      return { total, active };
    },
    staleTime: REPORTS_STAY_FRESH,
  });

/** By the id of the person or of any identity; null where there is none. */
export const person = (api: Api, id: string, asked: Asked<'person'>) =>
  queryOptions({
    queryKey: ['people', id, asked],
    queryFn: async ({ signal }) => {
      try {
        return await answer(api.GET('/v1/people/{id}', { params: { path: { id }, query: asked }, signal }));
      } catch (error) {
        if (error instanceof Refusal && error.status === 404) return null;
        throw error;
      }
    },
    staleTime: REPORTS_STAY_FRESH,
  });

const SUGGESTIONS_AT_ONCE = 100;

/** The first of those that may be one person with another one; with the summary of all. */
export const identitiesWithSuggestions = (api: Api) =>
  queryOptions({
    queryKey: ['identities', 'suggested'],
    queryFn: ({ signal }) =>
      answer(api.GET('/v1/identities', { params: { query: { status: 'suggested', limit: SUGGESTIONS_AT_ONCE } }, signal })),
  });

export const identityPages = (api: Api, asked: IdentitiesQuestion): Paged<IdentitiesPage> => ({
  key: ['identities', 'pages', asked],
  page: (cursor, limit, signal) => answer(api.GET('/v1/identities', { params: { query: { ...asked, limit, cursor } }, signal })),
});

/** Distinct people, each counted once over all connectors. */
export const activePeople = (api: Api, asked: ActivePeopleQuestion) =>
  queryOptions({
    queryKey: ['active-people', asked],
    queryFn: ({ signal }) =>
      whole((cursor) =>
        answer(api.GET('/v1/active-people', { params: { query: { ...asked, limit: ROWS_A_PAGE, cursor } }, signal })),
      ),
    staleTime: REPORTS_STAY_FRESH,
  });

export const teamPages = (api: Api, asked: TeamsQuestion): Paged<TeamsPage> => ({
  key: ['teams', asked],
  page: (cursor, limit, signal) => answer(api.GET('/v1/teams', { params: { query: { ...asked, limit, cursor } }, signal })),
});

export const teams = (api: Api, asked: TeamsQuestion) =>
  queryOptions({
    queryKey: ['teams', asked],
    queryFn: ({ signal }) =>
      whole((cursor) => answer(api.GET('/v1/teams', { params: { query: { ...asked, limit: ROWS_A_PAGE, cursor } }, signal }))),
    staleTime: REPORTS_STAY_FRESH,
  });
