// What one person did, assistant by assistant. Assistants count differently: nothing is added over them.
import type { ActivityMetric, CostRow, TokenRow, UsageRow } from '../../api/words';
import { isEmpty, type Period, type Row, type Series, series, sum, timeline } from '../chart/series';
import { type Figure, figureOverTime, figures } from '../costs/figures';
import type { Filters } from '../filters/filters';

type Range = Pick<Filters, 'from' | 'to' | 'interval'>;

/** Things that were done, by what they are counted in. */
export const TOPICS = {
  actions: ['sessions', 'chat_turns', 'agent_requests', 'completions_accepted', 'edits_accepted', 'commits', 'pull_requests', 'reviews'],
  lines: ['lines_suggested', 'lines_accepted', 'lines_added', 'ai_lines_added', 'lines_deleted'],
} as const satisfies Record<string, ActivityMetric[]>;
export type Topic = keyof typeof TOPICS;
export type PersonMetric = (typeof TOPICS)[Topic][number];
export const METRICS: readonly PersonMetric[] = [...TOPICS.actions, ...TOPICS.lines];

/** The assistants with anything to show, in the order of their names. */
export function assistants(rows: readonly { provider: string }[], nameOf: (provider: string) => string): string[] {
  return [...new Set(rows.map(({ provider }) => provider))].sort((a, b) => nameOf(a).localeCompare(nameOf(b)));
}

export const of = <R extends { provider: string }>(rows: readonly R[], provider: string): R[] => rows.filter((row) => row.provider === provider);

interface OverTime {
  periods: Period[];
  series: Series[];
}

/** Of one assistant: what it reports of a topic. A metric that was never more than zero takes no room where another was. */
export function topicOverTime(rows: readonly UsageRow[], topic: Topic, range: Range, nameOf: (metric: PersonMetric) => string): OverTime {
  const line = timeline<ActivityMetric, UsageRow>(rows, range);
  const all = TOPICS[topic].map((metric) => series<ActivityMetric, UsageRow>(line, nameOf(metric), metric)).filter((one) => !isEmpty([one]));
  const some = all.filter(({ values }) => (sum(values) ?? 0) > 0);
  return { periods: line.periods, series: some.length > 0 ? some : all.slice(0, 1) };
}

/** What is in one currency, or in the assistant's credits. Its bases are side by side: they must not be added. */
export interface CostsInUnit extends OverTime {
  /** Null: credits. */
  currency: string | null;
  /** Of each series. */
  bases: string[];
}

export function costsOverTime(rows: readonly CostRow[], range: Range, nameOf: (figure: Figure) => string): CostsInUnit[] {
  const all = figures(rows);
  const { periods } = timeline<never, CostRow & Row<never>>(rows.map((row) => ({ ...row, metrics: {} })), range);
  const currencies = [...new Set(all.map(({ currency }) => currency))];
  return currencies.map((currency) => {
    const own = all.filter((figure) => figure.currency === currency);
    const drawn = own.map((figure) => {
      const { series: ofConnectors } = figureOverTime(rows, figure, range);
      const values = ofConnectors[0]?.values.map((_, place) => sum(ofConnectors.map((one) => one.values[place]))) ?? [];
      return { title: nameOf(figure), values };
    });
    return { currency, bases: own.map(({ basis }) => basis), periods, series: drawn };
  });
}

/** Rows of one assistant that say anything about tokens. */
export const withTokens = (rows: readonly TokenRow[]): TokenRow[] => rows.filter(({ metrics }) => sum([metrics.tokens_in, metrics.tokens_out]) !== null);
