// The frame of every page, and the pages before it.
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
    unreachable: 'Pairmeter does not answer. Check that it runs and that you are online, then try again.',
    unreadable: (status: number) => `Pairmeter sent an answer with status ${status} that this page cannot read. Try again. If the error stays, look into the log of Pairmeter.`,
    gone: (lastLoaded: string | null) =>
      `Pairmeter does not answer. ${lastLoaded === null ? 'Nothing is loaded yet.' : `Last loaded ${lastLoaded}.`} The page tries again every few seconds.`,
    waiting: 'Not loaded yet: Pairmeter does not answer.',
    notLoaded: 'This part could not be loaded',
    notRefreshed: 'This part could not be refreshed; the numbers are from an earlier answer',
    notDrawn: 'This part of the page could not be shown',
    notDrawnDetail: (error: string) => `An error in the page stopped it: ${error}. Try again. If the error stays, reload the page, and report the text above.`,
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
    clear: 'Clear search and filters',
    nextPage: 'Next page',
    previousPage: 'Previous page',
    pageOf: (n: number, table: string) => `Page ${n} of ${table}`,
    pagesOf: (table: string) => `Pages of ${table}`,
    matches: (n: number) => plural(n, 'match', 'matches'),
  },
};
