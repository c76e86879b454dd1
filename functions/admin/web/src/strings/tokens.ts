// Texts of the report on tokens.
const list = (names: readonly string[]) =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1] ?? ''}`;

export const tokens = {
  tokens: {
    title: 'Tokens',
    description: 'Tokens sent to and received from models. Input includes tokens that are read from or written to a prompt cache.',
    input: 'Input tokens',
    output: 'Output tokens',
    hitRate: 'Cache hit rate',
    hitRateDescription: 'of the input, read from a cache',
    requests: 'Requests',
    without: (names: readonly string[]) => `Not reported by ${list(names)}`,
    neverReported: (connector: string, provider: string) => `Without ${connector}: ${provider} does not report tokens.`,
    nothingReported: (connector: string) => `Without ${connector}: no tokens in this range.`,

    overTime: 'Tokens over time',
    unit: 'Tokens',
    split: 'Split by',
    splits: { kind: 'Type of token', model: 'Model' },
    kinds: {
      tokens_in_uncached: 'Input, uncached',
      tokens_cache_write: 'Input, written to cache',
      tokens_cache_read: 'Input, read from cache',
      tokens_out: 'Output',
    },
    allInput: 'All input',
    otherModels: 'All other models',

    by: { model: 'By model', person: 'By person', team: 'By team', surface: 'By surface' },
    about: {
      model: 'Most tokens first, over the whole range. Each assistant has its own row.',
      person: 'Most tokens first, over the whole range. A person who uses several assistants has a row for each. Some providers report people separately, so rows may not add up to the total.',
      team: 'A person in several teams counts in each team. Do not add teams up. Membership is as of each day.',
      surface: 'The product or interface that used the tokens.',
    },
    columns: {
      model: 'Model',
      person: 'Person',
      team: 'Team',
      surface: 'Surface',
      connector: 'Connector',
      requests: 'Requests',
      tokens_in: 'Input',
      tokens_in_uncached: 'Uncached',
      tokens_cache_read: 'Cache read',
      tokens_cache_write: 'Cache write',
      tokens_out: 'Output',
      cache_hit_rate: 'Cache hit rate',
    },
    unnamed: { model: 'Model not reported', person: 'Unattributed', team: 'No team', surface: 'Surface not reported' },
    levels: { api_key: 'API key', service_account: 'Service account' } as Partial<Record<string, string>>,
    noTeams: 'The people who used tokens in this range have no known team.',

    chosen: 'Filters',
    only: { model: 'Model', team: 'Team', surface: 'Surface', email: 'Person', subject: 'Person' },
    showOnly: (name: string) => `Show only ${name}`,
    showAll: (name: string) => `Remove the filter ${name}`,
    nothing: (providers: readonly string[]) => `${list(providers)} ${providers.length === 1 ? 'does' : 'do'} not report tokens`,
    clear: 'Clear these filters',
    noMatch: 'No tokens match these filters',
    noMatchDetail: (filters: number) => `Remove ${filters === 1 ? 'the filter' : 'a filter'}, or choose another range.`,
    reporters: (names: readonly string[]) => `Providers that report tokens: ${list(names)}.`,
  },
};
