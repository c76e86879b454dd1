import BreadcrumbGroup from '@cloudscape-design/components/breadcrumb-group';
import ContentLayout from '@cloudscape-design/components/content-layout';
import Header from '@cloudscape-design/components/header';
import { type ReactNode, useEffect } from 'react';

import { text } from '../strings';
import { useFollow } from './follow';

interface Crumb {
  text: string;
  href: string;
}

/** The header and content of a page. Sets the title of the browser tab. */
export function Page({
  title,
  description,
  actions,
  breadcrumbs = [],
  children,
}: {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  breadcrumbs?: Crumb[];
  children: ReactNode;
}) {
  const follow = useFollow();
  useEffect(() => {
    document.title = `${title} · ${text.product}`;
  }, [title]);
  return (
    <ContentLayout
      defaultPadding
      breadcrumbs={
        breadcrumbs.length > 0 && <BreadcrumbGroup items={[...breadcrumbs, { text: title, href: '' }]} onFollow={follow} ariaLabel={text.shell.breadcrumbs} />
      }
      header={
        <Header variant="h1" description={description} actions={actions}>
          {title}
        </Header>
      }
    >
      {children}
    </ContentLayout>
  );
}
