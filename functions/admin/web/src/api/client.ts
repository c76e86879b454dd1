import createClient, { type Client, type FetchResponse } from 'openapi-fetch';
import { createContext, useContext } from 'react';

import type { Session } from '../session/session';
import { trackedFetch } from './reachability';
import { Refusal } from './refusal';
import type { paths } from './schema';

export type Api = Client<paths>;

/** A client for the API of this origin. Requests carry the session's token; a refused token ends the session. */
export function api(session: Session): Api {
  const client = createClient<paths>({ baseUrl: '/', fetch: trackedFetch });
  client.use({
    onRequest: async ({ request }) => {
      const token = await session.token();
      if (token !== null) request.headers.set('authorization', `Bearer ${token}`);
      return request;
    },
    onResponse: ({ response }) => {
      if (response.status === 401) session.end();
      return response;
    },
  });
  return client;
}

/** The body of a successful answer. Throws a `Refusal` for any other answer. */
export async function answer<T extends Record<string | number, unknown>, O, M extends `${string}/${string}`>(
  request: Promise<FetchResponse<T, O, M>>,
): Promise<NonNullable<FetchResponse<T, O, M>['data']>> {
  const { data, error, response } = await request;
  if (!response.ok) throw Refusal.of(response.status, error);
  return data as NonNullable<FetchResponse<T, O, M>['data']>;
}

export const ApiContext = createContext<Api | null>(null);

export function useApi(): Api {
  const client = useContext(ApiContext);
  if (client === null) throw new Error('there is no API around this component');
  return client;
}
