import { I18nProvider } from '@cloudscape-design/components/i18n';
import messages from '@cloudscape-design/components/i18n/messages/all.en';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { lazy, Suspense, useEffect, useMemo, useState } from 'react';
import { BrowserRouter } from 'react-router';

import { api, ApiContext } from './api/client';
import { Refusal } from './api/refusal';
import { Samples } from './session/samples';
import type { Session } from './session/session';
import type { Sample } from './session/settings';
import { FlashProvider } from './shell/flashes';
import { Shell } from './shell/shell';

const SignInPage = lazy(() => import('./session/sign-in-page'));

const TRIES = 2;

const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Pairmeter may run on this computer: it answers without the internet as well.
      networkMode: 'always',
      // A refusal is an answer; asking again changes nothing.
      retry: (failures, error) => failures < TRIES && !(error instanceof Refusal && error.status < 500),
      refetchOnWindowFocus: false,
    },
    mutations: { networkMode: 'always' },
  },
});

export function App({ session, samples }: { session: Session; samples: readonly Sample[] }) {
  const client = useMemo(() => api(session), [session]);
  const [isIn, setIsIn] = useState<boolean | null>(null);
  useEffect(() => {
    session.onEnd(() => {
      queryClient.clear();
      setIsIn(false);
    });
    void session.token().then((token) => setIsIn(token !== null));
  }, [session]);

  if (isIn === null) return null;
  return (
    <I18nProvider locale="en" messages={[messages]}>
      {isIn ? (
        <QueryClientProvider client={queryClient}>
          <ApiContext value={client}>
            <BrowserRouter>
              <FlashProvider>
                <Samples value={samples}>
                  <Shell session={session} />
                </Samples>
              </FlashProvider>
            </BrowserRouter>
          </ApiContext>
        </QueryClientProvider>
      ) : (
        <Suspense>
          <SignInPage entrance={session.entrance} onEntered={() => setIsIn(true)} />
        </Suspense>
      )}
    </I18nProvider>
  );
}
