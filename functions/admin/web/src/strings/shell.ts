// What stands around every page, and before it.
import { plural } from './plural';

export const shell = {
  product: 'Pairmeter',

  shell: {
    loading: 'Loading',
    notFound: 'There is no such page',
    notFoundDetail: 'The address is wrong, or the page was moved. The navigation shows every page there is.',
    breadcrumbs: 'Breadcrumbs',
    theme: 'Theme',
    themes: { system: 'As the system has it', light: 'Light', dark: 'Dark' },
    sandbox: 'Sandbox',
    sandboxDetail: 'A sandbox stands in for the providers: people and numbers are made up.',
    sandboxTry: 'Try to add a connector',
    session: 'Session',
    signOut: 'Sign out',
    landmarks: {
      navigation: 'Pages',
      navigationToggle: 'Open navigation',
      navigationClose: 'Close navigation',
      notifications: 'Notifications',
    },
  },

  failure: {
    noStart: 'Pairmeter could not begin',
    again: 'Try again',
    unreachable: 'Nothing answers at this address; check that Pairmeter runs and that you are online, then try again.',
    unreadable: (status: number) => `The answer (${status}) could not be read; try again, and look into the log if it stays so.`,
  },

  signIn: {
    openTheLink: 'Open the link that “pairmeter serve” printed, or paste the token that stands in it.',
    token: 'Token',
    enter: 'Enter',
    signIn: 'Sign in',
    atIssuer: 'You sign in at your organization’s identity provider and come back here.',
  },

  form: {
    cancel: 'Cancel',
    save: 'Save',
    optional: (title: string) => `${title} (optional)`,
    missing: (title: string) => `${title} is missing`,
  },

  navigation: { reports: 'Reports', settings: 'Settings' },

  table: {
    noMatch: 'Nothing matches',
    matches: (n: number) => plural(n, 'match', 'matches'),
  },
};
