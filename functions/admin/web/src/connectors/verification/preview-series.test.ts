import { expect, test } from 'vitest';

import type { PreviewDay } from '../../api/types';
import { bases, modelRanks, previewDays, previewPeriods, previewRanks, previewSeries } from './preview-series';

const day = (iso: string, state: string, languages: [string, number | null, number | null][] = []): PreviewDay => ({
  day: iso,
  state,
  active_users: state === 'pending' ? null : 4,
  completions: {
    by_editor: [],
    by_language: languages.map(([name, suggested, accepted]) => ({ name, suggested, accepted })),
    by_model: [],
  },
  pull_requests: {},
});

test('the newest day comes last, and a day without a report is a gap', () => {
  const days = previewDays({ from: '', to: '', days: [day('2026-11-20', 'pending'), day('2026-11-19', 'provisional')] });
  expect(previewPeriods(days)).toEqual([
    { start: '2026-11-19', isKnown: true, isProvisional: true, isPartial: false },
    { start: '2026-11-20', isKnown: false, isProvisional: false, isPartial: false },
  ]);
  expect(previewSeries(days, 'Active', ({ active_users }) => active_users).values).toEqual([4, null]);
});

test('languages are summed over the days, unknown values stay unknown', () => {
  const days = [day('2026-11-19', 'final', [['go', 5, 2], ['c', null, null]]), day('2026-11-20', 'final', [['go', 4, null]])];
  expect(previewRanks(days, 'by_language')).toEqual([
    { name: 'go', values: [9, 2] },
    { name: 'c', values: [null, null] },
  ]);
});

test('models are summed over the days, bases of cost stay separate', () => {
  const days = [
    { ...day('2026-11-19', 'final'), models: [{ name: 'large', tokens: 5, requests: null }], costs: [{ basis: 'metered', amount: 1, credits: null, unpriced: 0 }] },
    { ...day('2026-11-20', 'final'), models: [{ name: 'large', tokens: 4 }, { name: 'small', tokens: 40 }], costs: [{ basis: 'included', amount: 2, unpriced: 0 }, { basis: 'metered', credits: 3, unpriced: 0 }] },
  ];
  expect(modelRanks(days)).toEqual([
    { name: 'small', values: [40, null] },
    { name: 'large', values: [9, null] },
  ]);
  expect([bases(days, 'amount'), bases(days, 'credits')]).toEqual([['included', 'metered'], ['metered']]);
});
