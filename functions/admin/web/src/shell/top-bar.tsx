import TopNavigation from '@cloudscape-design/components/top-navigation';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { Session } from '../session/session';
import { text } from '../strings';
import { useFollow } from './follow';
import { chooseTheme, type Theme, theme } from './theme';

export function TopBar({ session }: { session: Session }) {
  const follow = useFollow();
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
