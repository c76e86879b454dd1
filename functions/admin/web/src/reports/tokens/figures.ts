// Tokens as sums and over time. Null is not zero: connectors that do not report a metric are listed instead.
import type { Connector, Provider, TokenMetric, TokenRow } from '../../api/types';
import { text } from '../../strings';
import { REST_COLOR } from '../chart/colors';
import { isEmpty, type Period, type Series, sum, timeline } from '../chart/series';
import { type Filters, inScope } from '../filters/filters';

/** In the order of a bar, bottom to top. */
export const KINDS = ['tokens_in_uncached', 'tokens_cache_write', 'tokens_cache_read', 'tokens_out'] as const satisfies TokenMetric[];

/** Whether a provider reports tokens at all. */
export const reportsTokens = ({ datasets }: Pick<Provider, 'datasets'>): boolean => datasets.includes('model_usage');

/** The number of distinguishable colors. */
const MOST_MODELS = 7;

const isKnown = (value: number | null | undefined): value is number => value !== null && value !== undefined;

/** The known tokens of a row. */
const tokensOf = ({ metrics }: TokenRow): number | null => sum([metrics.tokens_in, metrics.tokens_out]);

export const isAboutTokens = (row: TokenRow): boolean => tokensOf(row) !== null;

export interface Figure {
  value: number | null;
  /** Connectors that report tokens but not this metric. */
  without: string[];
}

const withoutOf = (rows: readonly TokenRow[], states: (row: TokenRow) => boolean): string[] => {
  const stating = new Set(rows.filter(states).map(({ connector }) => connector));
  return [...new Set(rows.filter(isAboutTokens).map(({ connector }) => connector))].filter((connector) => !stating.has(connector));
};

/** The sum of a metric over all rows. */
export function total(rows: readonly TokenRow[], metric: Exclude<TokenMetric, 'cache_hit_rate'>): Figure {
  const own = rows.filter(isAboutTokens);
  return { value: sum(own.map(({ metrics }) => metrics[metric])), without: withoutOf(rows, ({ metrics }) => isKnown(metrics[metric])) };
}

/** The share of the input that was read from a cache, over the rows that report caching. */
export function hitRate(rows: readonly TokenRow[]): Figure {
  const states = ({ metrics }: TokenRow) => isKnown(metrics.cache_hit_rate);
  const own = rows.filter(states);
  const input = sum(own.map(({ metrics }) => metrics.tokens_in));
  const read = sum(own.map(({ metrics }) => metrics.tokens_cache_read));
  const rate = input === null || input === 0 || read === null ? null : read / input;
  return { value: rate, without: withoutOf(rows, states) };
}

/** Selected connectors without tokens, by whether their provider reports tokens. */
export function silent(
  connectors: readonly Connector[],
  rows: readonly TokenRow[],
  providers: readonly Pick<Provider, 'id' | 'datasets'>[],
  filters: Pick<Filters, 'connector' | 'provider'>,
): { never: Connector[]; notInRange: Connector[] } {
  const reported = new Set(rows.filter(isAboutTokens).map((row) => row.connector));
  const without = inScope(connectors, filters).filter(({ id }) => !reported.has(id));
  // While the providers load, no connector counts as never reporting tokens.
  const neverReports = ({ provider }: Connector) => providers.some((one) => one.id === provider && !reportsTokens(one));
  return { never: without.filter(neverReports), notInRange: without.filter((one) => !neverReports(one)) };
}

type Range = Pick<Filters, 'from' | 'to' | 'interval'>;
interface OverTime {
  periods: Period[];
  series: Series[];
  /** The series for a line chart, which cannot stack parts. */
  wholes: Series[];
}

/** Input by caching, and output. */
export function byKind(rows: readonly TokenRow[], range: Range): OverTime {
  const line = timeline<TokenMetric, TokenRow>(rows, range);
  const seriesOf = (title: string, metric: TokenMetric): Series => ({
    title,
    values: line.rows.map((periodRows) => sum(periodRows.map(({ metrics }) => metrics[metric]))),
  });
  const reported = (one: Series) => !isEmpty([one]);
  return {
    periods: line.periods,
    series: KINDS.map((kind) => seriesOf(text.tokens.kinds[kind], kind)).filter(reported),
    wholes: [seriesOf(text.tokens.allInput, 'tokens_in'), seriesOf(text.tokens.kinds.tokens_out, 'tokens_out')].filter(reported),
  };
}

/** One series for each of the largest models, one for all others, and one for rows without a model. */
export function byModel(rows: readonly TokenRow[], range: Range): OverTime {
  const line = timeline<TokenMetric, TokenRow>(rows, range);
  const sums = new Map<string, number>();
  for (const row of rows) if (row.model !== null) sums.set(row.model, (sums.get(row.model) ?? 0) + (tokensOf(row) ?? 0));
  const ordered = [...sums].sort(([a, most], [b, other]) => other - most || a.localeCompare(b)).map(([name]) => name);
  const named = ordered.slice(0, MOST_MODELS);
  const seriesOf = (title: string, isIncluded: (model: string | null) => boolean, color?: string): Series => ({
    title,
    values: line.rows.map((periodRows) => sum(periodRows.filter(({ model }) => isIncluded(model)).map(tokensOf))),
    ...(color !== undefined && { color }),
  });
  const series = [
    ...named.map((name) => seriesOf(name, (model) => model === name)),
    seriesOf(text.tokens.otherModels, (model) => model !== null && !named.includes(model)),
    seriesOf(text.tokens.unnamed.model, (model) => model === null, REST_COLOR),
  ].filter((one) => !isEmpty([one]));
  return { periods: line.periods, series, wholes: series };
}

/** Combines rows into one, for unattributed tokens. */
export function metricsOf(rows: readonly TokenRow[]): TokenRow['metrics'] {
  const sumOf = (metric: Exclude<TokenMetric, 'cache_hit_rate'>) => sum(rows.map(({ metrics }) => metrics[metric]));
  return {
    requests: sumOf('requests'),
    tokens_in: sumOf('tokens_in'),
    tokens_in_uncached: sumOf('tokens_in_uncached'),
    tokens_cache_read: sumOf('tokens_cache_read'),
    tokens_cache_write: sumOf('tokens_cache_write'),
    tokens_out: sumOf('tokens_out'),
    cache_hit_rate: hitRate(rows).value,
  };
}
