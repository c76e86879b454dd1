import { expect, test } from 'vitest';

import { bars, lines, marks, runs } from './draw';
import type { Period } from './series';

const periods: Period[] = ['18', '19', '20', '21'].map((day) => ({
  start: `2026-11-${day}`,
  isKnown: true,
  isProvisional: Number(day) >= 20,
  isPartial: false,
}));
const active = { title: 'Active', values: [1, null, 2, 0], color: 'blue' };

test('a line never crosses a gap', () => {
  expect(runs(active.values)).toEqual([[{ x: 0, y: 1 }], [{ x: 2, y: 2 }, { x: 3, y: 0 }]]);
  expect(lines([active], String).drawn.map(({ title, color }) => [title, color])).toEqual([
    ['Active', 'blue'],
    ['Active, after a gap', 'blue'],
  ]);
});

test('a line with many gaps has no legend', () => {
  expect(lines([active], String).hasLegend).toBe(true);
  expect(lines([{ title: 'a', values: [1, null, 1, null, 1, null, 1] }], String).hasLegend).toBe(false);
});

test('an unknown value has no bar, a zero has one', () => {
  const [drawn] = bars(periods, [active], String);
  expect(drawn).toMatchObject({
    type: 'bar',
    data: [{ x: '2026-11-18', y: 1 }, { x: '2026-11-20', y: 2 }, { x: '2026-11-21', y: 0 }],
  });
});

test('changes of definitions are marked only after earlier data', () => {
  const breaks = [
    { day: '2026-01-01', text: 'long ago' },
    { day: '2026-11-18', text: 'before anything is stored' },
    { day: '2026-11-19', text: 'counts otherwise' },
  ];
  expect(marks(periods, breaks).map(({ place }) => place)).toEqual([1, 2]);
});
