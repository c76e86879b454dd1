import TopNavigation from '@cloudscape-design/components/top-navigation';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import { useIsSandbox } from '../session/samples';
import type { Session } from '../session/session';
import { text } from '../strings';
import { useFollow } from './follow';
import { chooseTheme, type Theme, theme } from './theme';

export function TopBar({ session }: { session: Session }) {
  const follow = useFollow();
  const isSandbox = useIsSandbox();
  const [chosen, setChosen] = useState(theme());
  const person = useQuery({ queryKey: ['person'], queryFn: session.person, staleTime: Infinity }).data;
  const choose = (next: Theme) => {
    chooseTheme(next);
    setChosen(next);
  };
  return (
    <div id="top">
      <TopNavigation
        identity={{
          href: '/',
          title: text.product,
          logo: { src: '/favicon.svg', alt: '' },
          onFollow: (event) => follow({ preventDefault: () => event.preventDefault(), detail: { href: '/' } }),
        }}
        utilities={[
          ...(isSandbox
            ? [
                {
                  type: 'menu-dropdown' as const,
                  iconName: 'status-info' as const,
                  text: text.shell.sandbox,
                  title: text.shell.sandbox,
                  description: text.shell.sandboxDetail,
                  items: [{ id: 'try', text: text.shell.sandboxTry, href: '/connectors/new' }],
                  onItemFollow: follow,
                },
              ]
            : []),
          {
            type: 'menu-dropdown',
            iconName: 'settings',
            ariaLabel: text.shell.theme,
            title: text.shell.theme,
            items: (['system', 'light', 'dark'] as const).map((id) => ({
              id,
              itemType: 'checkbox' as const,
              checked: chosen === id,
              text: text.shell.themes[id],
            })),
            onItemClick: ({ detail }) => choose(detail.id as Theme),
          },
          {
            type: 'menu-dropdown',
            iconName: 'user-profile',
            text: person ?? '',
            ariaLabel: person ?? text.shell.session,
            title: text.shell.session,
            items: [{ id: 'out', text: text.shell.signOut }],
            onItemClick: ({ detail }) => {
              if (detail.id === 'out') void session.signOut();
            },
          },
        ]}
      />
    </div>
  );
}
