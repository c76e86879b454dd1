// Texts of the page frame and of the pages before sign-in.
import { plural } from './plural';

export const shell = {
  product: 'Pairmeter',

  shell: {
    loading: 'Loading',
    notFound: 'Page not found',
    notFoundDetail: 'The address is wrong, or the page was moved. The navigation lists all pages.',
    breadcrumbs: 'Breadcrumbs',
    theme: 'Theme',
    themes: { system: 'Same as the system', light: 'Light', dark: 'Dark' },
    sandbox: 'Sandbox',
    sandboxDetail: 'A sandbox replaces the providers. All people and numbers are invented.',
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
    notStarted: 'Pairmeter could not start',
    retry: 'Try again',
    unreachable: 'Pairmeter does not answer. Check that it runs and that you are online, then try again.',
    unreadable: (status: number) => `This page cannot read an answer of Pairmeter (status ${status}). Try again. If the error stays, read the log of Pairmeter.`,
    offline: (lastLoaded: string | null) =>
      `Pairmeter does not answer. ${lastLoaded === null ? 'No data is loaded yet.' : `Last loaded ${lastLoaded}.`} The page retries every few seconds.`,
    waiting: 'Not loaded yet: Pairmeter does not answer.',
    notLoaded: 'This panel could not be loaded',
    notRefreshed: 'This panel could not be refreshed. It shows an earlier answer.',
    notDrawn: 'This panel could not be shown',
    notDrawnDetail: (error: string) => `An error stopped this part of the page: ${error}. Try again. If the error stays, reload the page and report this text.`,
  },

  signIn: {
    openTheLink: 'Open the link that “pairmeter serve” printed, or paste the token from that link.',
    token: 'Token',
    enter: 'Enter',
    signIn: 'Sign in',
    atIssuer: 'You sign in at the identity provider of your organization and return to this page.',
  },

  form: {
    cancel: 'Cancel',
    save: 'Save',
    optional: (title: string) => `${title} (optional)`,
    missing: (title: string) => `${title} is required`,
  },

  navigation: { reports: 'Reports', settings: 'Settings' },

  table: {
    noMatch: 'No matches',
    clear: 'Clear search and filters',
    nextPage: 'Next page',
    previousPage: 'Previous page',
    pageOf: (n: number, table: string) => `Page ${n} of ${table}`,
    pagesOf: (table: string) => `Pages of ${table}`,
    matches: (n: number) => plural(n, 'match', 'matches'),
  },
};
