import type { FlashbarProps } from '@cloudscape-design/components/flashbar';
import { useQueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useState } from 'react';

import { trackedFetch, useReachability } from '../api/reachability';
import { timeOfDay } from '../format';
import { text } from '../strings';

const TRY_EVERY_MS = 5_000;

/** Shows one banner while Pairmeter does not answer. Retries by itself, then reloads the failed queries. */
export function useUnreachableBanner(): FlashbarProps.MessageDefinition[] {
  const { isReachable, answeredAt } = useReachability();
  const cache = useQueryClient();
  const [isTrying, setIsTrying] = useState(false);
  const tryAgain = useCallback(async () => {
    setIsTrying(true);
    // `trackedFetch` records the result.
    await trackedFetch('/v1/health').catch(() => null);
    setIsTrying(false);
  }, []);
  useEffect(() => {
    if (isReachable) {
      void cache.refetchQueries({ type: 'active', predicate: ({ state }) => state.error !== null });
      return;
    }
    const timer = setInterval(() => void tryAgain(), TRY_EVERY_MS);
    return () => clearInterval(timer);
  }, [isReachable, cache, tryAgain]);
  if (isReachable) return [];
  return [
    {
      id: 'unreachable',
      type: 'error',
      content: text.failure.offline(answeredAt === null ? null : timeOfDay(answeredAt)),
      buttonText: text.failure.retry,
      loading: false,
      onButtonClick: () => {
        if (!isTrying) void tryAgain();
      },
    },
  ];
}
