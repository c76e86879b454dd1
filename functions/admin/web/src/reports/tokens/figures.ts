// Tokens as sums and over time. Null is not zero: a connector that does not report a number is named, and not added as zero.
import type { Connector, Provider, TokenMetric, TokenRow } from '../../api/words';
import { text } from '../../strings';
import { REST } from '../chart/colors';
import { isEmpty, type Period, type Series, sum, timeline } from '../chart/series';
import { type Filters, meant } from '../filters/filters';

/** From the bottom of a bar to its top. */
export const KINDS = ['tokens_in_uncached', 'tokens_cache_write', 'tokens_cache_read', 'tokens_out'] as const satisfies TokenMetric[];

/** Whether the API of a provider has tokens at all. If it has, an answer without rows only means that nothing is stored. */
export const reportsTokens = ({ datasets }: Pick<Provider, 'datasets'>): boolean => datasets.includes('model_usage');

/** Colors that can be told apart. */
const MOST_MODELS = 7;

const known = (value: number | null | undefined): value is number => value !== null && value !== undefined;

/** All tokens of a row, as far as they are known. */
const all = ({ metrics }: TokenRow): number | null => sum([metrics.tokens_in, metrics.tokens_out]);

export const isAboutTokens = (row: TokenRow): boolean => all(row) !== null;

export interface Figure {
  value: number | null;
  /** Connectors that report tokens and not this number. */
  without: string[];
}

const withoutOf = (rows: readonly TokenRow[], states: (row: TokenRow) => boolean): string[] => {
  const stating = new Set(rows.filter(states).map(({ connector }) => connector));
  return [...new Set(rows.filter(isAboutTokens).map(({ connector }) => connector))].filter((connector) => !stating.has(connector));
};

/** A number over all rows. */
export function total(rows: readonly TokenRow[], metric: Exclude<TokenMetric, 'cache_hit_rate'>): Figure {
  const its = rows.filter(isAboutTokens);
  return { value: sum(its.map(({ metrics }) => metrics[metric])), without: withoutOf(rows, ({ metrics }) => known(metrics[metric])) };
}

/** The share of the input that was read from a cache, over the rows that tell cached from uncached input. */
export function hitRate(rows: readonly TokenRow[]): Figure {
  const states = ({ metrics }: TokenRow) => known(metrics.cache_hit_rate);
  const its = rows.filter(states);
  const input = sum(its.map(({ metrics }) => metrics.tokens_in));
  const read = sum(its.map(({ metrics }) => metrics.tokens_cache_read));
  const rate = input === null || input === 0 || read === null ? null : read / input;
  return { value: rate, without: withoutOf(rows, states) };
}

/** Connectors that are looked at and have no tokens, by whether their provider could report any. */
export function silent(
  connectors: readonly Connector[],
  rows: readonly TokenRow[],
  providers: readonly Pick<Provider, 'id' | 'datasets'>[],
  filters: Pick<Filters, 'connector' | 'provider'>,
): { never: Connector[]; notInRange: Connector[] } {
  const reported = new Set(rows.filter(isAboutTokens).map((row) => row.connector));
  const without = meant(connectors, filters).filter(({ id }) => !reported.has(id));
  // Until the providers are known, no connector is said to never report tokens.
  const neverReports = ({ provider }: Connector) => providers.some((one) => one.id === provider && !reportsTokens(one));
  return { never: without.filter(neverReports), notInRange: without.filter((one) => !neverReports(one)) };
}

type Range = Pick<Filters, 'from' | 'to' | 'interval'>;
interface OverTime {
  periods: Period[];
  series: Series[];
  /** For lines, which do not add up. */
  wholes: Series[];
}

/** Input by its way through the cache, and output. */
export function byKind(rows: readonly TokenRow[], range: Range): OverTime {
  const line = timeline<TokenMetric, TokenRow>(rows, range);
  const of = (title: string, metric: TokenMetric): Series => ({
    title,
    values: line.rows.map((its) => sum(its.map(({ metrics }) => metrics[metric]))),
  });
  const reported = (one: Series) => !isEmpty([one]);
  return {
    periods: line.periods,
    series: KINDS.map((kind) => of(text.tokens.kinds[kind], kind)).filter(reported),
    wholes: [of(text.tokens.allInput, 'tokens_in'), of(text.tokens.kinds.tokens_out, 'tokens_out')].filter(reported),
  };
}

/** One series for each of the models with the most tokens, one for all others, and one for what has no model. */
export function byModel(rows: readonly TokenRow[], range: Range): OverTime {
  const line = timeline<TokenMetric, TokenRow>(rows, range);
  const sums = new Map<string, number>();
  for (const row of rows) if (row.model !== null) sums.set(row.model, (sums.get(row.model) ?? 0) + (all(row) ?? 0));
  const ordered = [...sums].sort(([a, most], [b, other]) => other - most || a.localeCompare(b)).map(([name]) => name);
  const named = ordered.slice(0, MOST_MODELS);
  const of = (title: string, isMeant: (model: string | null) => boolean, color?: string): Series => ({
    title,
    values: line.rows.map((its) => sum(its.filter(({ model }) => isMeant(model)).map(all))),
    ...(color !== undefined && { color }),
  });
  const series = [
    ...named.map((name) => of(name, (model) => model === name)),
    of(text.tokens.otherModels, (model) => model !== null && !named.includes(model)),
    of(text.tokens.unnamed.model, (model) => model === null, REST),
  ].filter((one) => !isEmpty([one]));
  return { periods: line.periods, series, wholes: series };
}

/** Several rows as one, for what belongs to no person. */
export function metricsOf(rows: readonly TokenRow[]): TokenRow['metrics'] {
  const of = (metric: Exclude<TokenMetric, 'cache_hit_rate'>) => sum(rows.map(({ metrics }) => metrics[metric]));
  return {
    requests: of('requests'),
    tokens_in: of('tokens_in'),
    tokens_in_uncached: of('tokens_in_uncached'),
    tokens_cache_read: of('tokens_cache_read'),
    tokens_cache_write: of('tokens_cache_write'),
    tokens_out: of('tokens_out'),
    cache_hit_rate: hitRate(rows).value,
  };
}
