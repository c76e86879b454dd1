// Activity of one person by assistant. Assistants count differently, so nothing is added over them.
import type { ActivityMetric, CostRow, TokenRow, UsageRow } from '../../api/types';
import { isEmpty, type Period, type Row, type Series, series, sum, timeline } from '../chart/series';
import { type CostBasis, basisOverTime, costBases } from '../costs/figures';
import type { Filters } from '../filters/filters';

type Range = Pick<Filters, 'from' | 'to' | 'interval'>;

/** Metrics of activity, grouped by their unit. */
export const TOPICS = {
  actions: ['sessions', 'chat_turns', 'agent_requests', 'completions_accepted', 'edits_accepted', 'commits', 'pull_requests', 'reviews'],
  lines: ['lines_suggested', 'lines_accepted', 'lines_added', 'ai_lines_added', 'lines_deleted'],
} as const satisfies Record<string, ActivityMetric[]>;
export type Topic = keyof typeof TOPICS;
export type PersonMetric = (typeof TOPICS)[Topic][number];
export const METRICS: readonly PersonMetric[] = [...TOPICS.actions, ...TOPICS.lines];

/** The assistants that have rows, in the order of their names. */
export function assistants(rows: readonly { provider: string }[], nameOf: (provider: string) => string): string[] {
  return [...new Set(rows.map(({ provider }) => provider))].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

export const rowsOf = <R extends { provider: string }>(rows: readonly R[], provider: string): R[] => rows.filter((row) => row.provider === provider);

interface OverTime {
  periods: Period[];
  series: Series[];
}

/** The metrics of a topic that one assistant reports. Metrics that are always zero are left out if another is not. */
export function topicOverTime(rows: readonly UsageRow[], topic: Topic, range: Range, nameOf: (metric: PersonMetric) => string): OverTime {
  const line = timeline<ActivityMetric, UsageRow>(rows, range);
  const all = TOPICS[topic].map((metric) => series<ActivityMetric, UsageRow>(line, nameOf(metric), metric)).filter((one) => !isEmpty([one]));
  const some = all.filter(({ values }) => (sum(values) ?? 0) > 0);
  return { periods: line.periods, series: some.length > 0 ? some : all.slice(0, 1) };
}

/** Costs in one currency or in credits. Each basis is a separate series; bases are never added. */
export interface CostsInUnit extends OverTime {
  /** Null: credits. */
  currency: string | null;
  /** The basis of each series. */
  bases: string[];
}

export function costsOverTime(rows: readonly CostRow[], range: Range, nameOf: (costBasis: CostBasis) => string): CostsInUnit[] {
  const all = costBases(rows);
  const { periods } = timeline<never, CostRow & Row<never>>(rows.map((row) => ({ ...row, metrics: {} })), range);
  const currencies = [...new Set(all.map(({ currency }) => currency))];
  return currencies.map((currency) => {
    const own = all.filter((costBasis) => costBasis.currency === currency);
    const drawn = own.map((costBasis) => {
      const { series: ofConnectors } = basisOverTime(rows, costBasis, range);
      const values = ofConnectors[0]?.values.map((_, place) => sum(ofConnectors.map((one) => one.values[place]))) ?? [];
      return { title: nameOf(costBasis), values };
    });
    return { currency, bases: own.map(({ basis }) => basis), periods, series: drawn };
  });
}

/** Rows with a number of tokens. */
export const withTokens = (rows: readonly TokenRow[]): TokenRow[] => rows.filter(({ metrics }) => sum([metrics.tokens_in, metrics.tokens_out]) !== null);
