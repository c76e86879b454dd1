import { useQuery } from '@tanstack/react-query';
import { useCallback } from 'react';

import { useApi } from '../api/client';
import { providers } from '../api/queries';

/** An assistant has the name of its provider. */
export function useAssistantName(): (provider: string) => string {
  const { data } = useQuery(providers(useApi()));
  return useCallback((provider) => data?.find(({ id }) => id === provider)?.name ?? provider, [data]);
}
