import createClient, { type Client, type FetchResponse } from 'openapi-fetch';
import { createContext, useContext } from 'react';

import type { Session } from '../session/session';
import { noticing } from './reachability';
import { Refusal } from './refusal';
import type { paths } from './schema';

export type Api = Client<paths>;

/** The API of this origin, asked with the session's token. A token that is refused ends the session. */
export function api(session: Session): Api {
  const client = createClient<paths>({ baseUrl: '/', fetch: noticing });
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

/** The body of a good answer; anything else is thrown. */
export async function answer<T extends Record<string | number, unknown>, O, M extends `${string}/${string}`>(
  asked: Promise<FetchResponse<T, O, M>>,
): Promise<NonNullable<FetchResponse<T, O, M>['data']>> {
  const { data, error, response } = await asked;
  if (!response.ok) throw Refusal.of(response.status, error);
  return data as NonNullable<FetchResponse<T, O, M>['data']>;
}

export const ApiContext = createContext<Api | null>(null);

export function useApi(): Api {
  const client = useContext(ApiContext);
  if (client === null) throw new Error('there is no API around this component');
  return client;
}
