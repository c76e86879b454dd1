// The 14 days of a preview as charts want them.
import type { Preview, PreviewDay } from '../../api/words';
import type { Rank } from '../../reports/chart/ranking-panel';
import { type Period, type Series, sum } from '../../reports/chart/series';

/** Oldest first. A day that is pending, or for which the provider had nothing, is a gap. */
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

/** What each model was asked, over all days: tokens and requests, most tokens first. */
export function modelRanks(days: readonly PreviewDay[]): Rank[] {
  const names = new Map<string, { tokens: (number | null)[]; requests: (number | null)[] }>();
  for (const { name, tokens, requests } of days.flatMap(({ models }) => models ?? [])) {
    const found = names.get(name) ?? { tokens: [], requests: [] };
    found.tokens.push(tokens ?? null);
    found.requests.push(requests ?? null);
    names.set(name, found);
  }
  const ranks = [...names].map(([name, all]) => ({ name, values: [sum(all.tokens), sum(all.requests)] }));
  return ranks.sort((a, b) => (b.values[0] ?? -1) - (a.values[0] ?? -1) || (b.values[1] ?? -1) - (a.values[1] ?? -1));
}

/** The bases on which anything was charged in these days; each is a line of its own and they are never added. */
export function bases(days: readonly PreviewDay[], of: 'amount' | 'credits'): string[] {
  const charged = days.flatMap(({ costs }) => costs ?? []).filter((cost) => cost[of] !== null && cost[of] !== undefined);
  return [...new Set(charged.map(({ basis }) => basis))].sort();
}

type By = 'by_editor' | 'by_language' | 'by_model';

/** Suggested and accepted by name, over all days, most first. */
export function previewRanks(days: readonly PreviewDay[], by: By): Rank[] {
  const names = new Map<string, { suggested: (number | null)[]; accepted: (number | null)[] }>();
  for (const { completions } of days) {
    for (const { name, suggested, accepted } of completions[by]) {
      const found = names.get(name) ?? { suggested: [], accepted: [] };
      found.suggested.push(suggested ?? null);
      found.accepted.push(accepted ?? null);
      names.set(name, found);
    }
  }
  const ranks = [...names].map(([name, all]) => ({ name, values: [sum(all.suggested), sum(all.accepted)] }));
  return ranks.sort((a, b) => (b.values[0] ?? -1) - (a.values[0] ?? -1));
}
