import { expect, test } from 'vitest';

import type { PreviewDay } from '../../api/words';
import { previewDays, previewPeriods, previewRanks, previewSeries } from './preview-series';

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

test('languages are added over the days; what nobody measured stays unknown', () => {
  const days = [day('2026-11-19', 'final', [['go', 5, 2], ['c', null, null]]), day('2026-11-20', 'final', [['go', 4, null]])];
  expect(previewRanks(days, 'by_language')).toEqual([
    { name: 'go', values: [9, 2] },
    { name: 'c', values: [null, null] },
  ]);
});
