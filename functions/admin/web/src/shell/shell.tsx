import AppLayout from '@cloudscape-design/components/app-layout';
import Badge from '@cloudscape-design/components/badge';
import Flashbar from '@cloudscape-design/components/flashbar';
import SideNavigation from '@cloudscape-design/components/side-navigation';
import { useQuery } from '@tanstack/react-query';
import { Suspense, useEffect } from 'react';
import { Route, Routes, useLocation, useSearchParams } from 'react-router';

import { useApi } from '../api/client';
import { notices } from '../api/queries';
import type { Session } from '../session/session';
import { text } from '../strings';
import { ErrorBoundary } from './error-boundary';
import { useFlashes } from './flashes';
import { useFollow } from './follow';
import { activeHref, navigationItems, parts } from './navigation';
import { Loading } from './loading';
import { NotFoundPage } from './not-found-page';
import { TopBar } from './top-bar';
import { useUnreachableBanner } from './unreachable-banner';

/** The frame around every page. */
export function Shell({ session }: { session: Session }) {
  const { shown } = useFlashes();
  const { pathname } = useLocation();
  const [search] = useSearchParams();
  const follow = useFollow();
  const unreachable = useUnreachableBanner();
  useEffect(withoutOrientation);
  const open = useQuery(notices(useApi())).data?.notices ?? [];
  const badges = { '/connectors': open.length > 0 ? <Badge color="red">{open.length}</Badge> : undefined };
  return (
    <>
      <TopBar session={session} />
      <AppLayout
        headerSelector="#top"
        navigationWidth={240}
        navigation={
          <SideNavigation
            activeHref={activeHref(pathname, search)}
            items={navigationItems(badges, search)}
            onFollow={follow}
          />
        }
        toolsHide
        disableContentPaddings
        notifications={<Flashbar items={[...unreachable, ...shown]} stackItems={unreachable.length === 0} />}
        ariaLabels={text.shell.landmarks}
        maxContentWidth={1600}
        content={
          // A change of page resets the boundary.
          <ErrorBoundary key={pathname}>
            <Suspense fallback={<Loading />}>
              <Routes>
                {parts.flatMap(({ places }) => places).map(({ path, page: Page }) => (
                  <Route key={path} path={path} element={<Page />} />
                ))}
                <Route path="*" element={<NotFoundPage />} />
              </Routes>
            </Suspense>
          </ErrorBoundary>
        }
      />
    </>
  );
}

/** Cloudscape sets an attribute on `nav` that ARIA does not allow there (seen on phones). */
function withoutOrientation(): void {
  document.querySelectorAll('nav[aria-orientation]').forEach((nav) => nav.removeAttribute('aria-orientation'));
}
