// The 14 days of a preview as data for charts.
import type { Preview, PreviewDay } from '../../api/types';
import type { Rank } from '../../reports/chart/ranking-panel';
import { type Period, type Series, sum } from '../../reports/chart/series';

/** Oldest first. A pending day, and a day without data at the provider, is a gap. */
export function previewDays(preview: Preview): PreviewDay[] {
  return [...preview.days].sort((a, b) => a.day.localeCompare(b.day));
}

export function previewPeriods(days: readonly PreviewDay[]): Period[] {
  return days.map(({ day, state }) => ({
    start: day,
    isKnown: state === 'provisional' || state === 'final',
    isProvisional: state === 'provisional',
    isPartial: false,
  }));
}

export function previewSeries(days: readonly PreviewDay[], title: string, value: (day: PreviewDay) => number | null | undefined): Series {
  return { title, values: days.map((day) => value(day) ?? null) };
}

/** Tokens and requests of each model over all days, most tokens first. */
export function modelRanks(days: readonly PreviewDay[]): Rank[] {
  const names = new Map<string, { tokens: (number | null)[]; requests: (number | null)[] }>();
  for (const { name, tokens, requests } of days.flatMap(({ models }) => models ?? [])) {
    const sums = names.get(name) ?? { tokens: [], requests: [] };
    sums.tokens.push(tokens ?? null);
    sums.requests.push(requests ?? null);
    names.set(name, sums);
  }
  const ranks = [...names].map(([name, all]) => ({ name, values: [sum(all.tokens), sum(all.requests)] }));
  return ranks.sort((a, b) => (b.values[0] ?? -1) - (a.values[0] ?? -1) || (b.values[1] ?? -1) - (a.values[1] ?? -1));
}

/** The bases of the costs in these days. Each is a separate series; bases are never added. */
export function bases(days: readonly PreviewDay[], unit: 'amount' | 'credits'): string[] {
  const charged = days.flatMap(({ costs }) => costs ?? []).filter((cost) => cost[unit] !== null && cost[unit] !== undefined);
  return [...new Set(charged.map(({ basis }) => basis))].sort();
}

type By = 'by_editor' | 'by_language' | 'by_model';

/** Suggested and accepted by name, over all days, most first. */
export function previewRanks(days: readonly PreviewDay[], by: By): Rank[] {
  const names = new Map<string, { suggested: (number | null)[]; accepted: (number | null)[] }>();
  for (const { completions } of days) {
    for (const { name, suggested, accepted } of completions[by]) {
      const sums = names.get(name) ?? { suggested: [], accepted: [] };
      sums.suggested.push(suggested ?? null);
      sums.accepted.push(accepted ?? null);
      names.set(name, sums);
    }
  }
  const ranks = [...names].map(([name, all]) => ({ name, values: [sum(all.suggested), sum(all.accepted)] }));
  return ranks.sort((a, b) => (b.values[0] ?? -1) - (a.values[0] ?? -1));
}
