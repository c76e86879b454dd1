// The report on tokens.
const list = (names: readonly string[]) =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1] ?? ''}`;

export const tokens = {
  tokens: {
    title: 'Tokens',
    description: 'Tokens sent to models and received from them. Input includes tokens that are read from or written to a prompt cache.',
    input: 'Input tokens',
    output: 'Output tokens',
    hitRate: 'Cache hit rate',
    hitRateDescription: 'of the input was read from a cache',
    requests: 'Requests',
    without: (names: readonly string[]) => `Without ${list(names)}: not reported`,
    neverReported: (connector: string, provider: string) => `${connector} is not included: ${provider} does not report tokens.`,
    nothingReported: (connector: string) => `${connector} is not included: it has no tokens in this range.`,

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
      person: 'Most tokens first, over the whole range. A person who uses several assistants has a row for each. Claude Console reports Claude Code by person in a separate report, so its rows may not add up to the total.',
      team: 'A person in several teams counts in each of them, so the teams must not be added. Membership is as of each day.',
      surface: 'The product or interface in which the tokens were used.',
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
    unnamed: { model: 'Model not reported', person: 'Not attributable to a person', team: 'In no team', surface: 'Surface not reported' },
    levels: { api_key: 'API key', service_account: 'Service account' } as Partial<Record<string, string>>,
    noTeams: 'No team is known for the people who used tokens in this range.',

    chosen: 'Only',
    only: { model: 'Model', team: 'Team', surface: 'Surface', email: 'Person', subject: 'Person' },
    showOnly: (name: string) => `Show only ${name}`,
    showAll: (name: string) => `Stop showing only ${name}`,
    nothing: (providers: readonly string[]) => `${list(providers)} ${providers.length === 1 ? 'does' : 'do'} not report tokens`,
    clear: 'Clear these filters',
    noMatch: 'No tokens match these filters',
    noMatchDetail: (filters: number) => `Remove ${filters === 1 ? 'the filter' : 'a filter'}, or choose other days.`,
    reporters: (names: readonly string[]) => `Providers that report tokens: ${list(names)}.`,
  },
};
