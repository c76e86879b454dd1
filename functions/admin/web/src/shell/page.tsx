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

/** A page's head and body. The tab says where one is. */
export function Page({
  title,
  description,
  actions,
  above = [],
  children,
}: {
  title: string;
  description?: ReactNode;
  actions?: ReactNode;
  above?: Crumb[];
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
        above.length > 0 && <BreadcrumbGroup items={[...above, { text: title, href: '' }]} onFollow={follow} ariaLabel={text.shell.breadcrumbs} />
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
