import { expect, test } from 'vitest';

import { bars, lines, marks, runs } from './draw';
import type { Period } from './series';

const periods: Period[] = ['18', '19', '20', '21'].map((day) => ({
  start: `2026-11-${day}`,
  isKnown: true,
  isProvisional: Number(day) >= 20,
  isPartial: false,
}));

test('a line never crosses a gap', () => {
  expect(runs(periods, [1, null, 2, 0])).toEqual([[{ x: '2026-11-18', y: 1 }], [{ x: '2026-11-20', y: 2 }, { x: '2026-11-21', y: 0 }]]);
  const { drawn } = lines(periods, [{ title: 'Active', values: [1, null, 2, 0] }], String, ['blue']);
  expect(drawn.map(({ title, color }) => [title, color])).toEqual([
    ['Active', 'blue'],
    ['Active, after a gap', 'blue'],
  ]);
});

test('a bar that nobody measured is not there, a nought is', () => {
  const [drawn] = bars(periods, [{ title: 'Active', values: [1, null, 2, 0] }], String);
  expect(drawn).toMatchObject({ type: 'bar', data: [{ y: 1 }, { y: 2 }, { y: 0 }] });
});

test('breaks and the first provisional day are marked, breaks elsewhere are not', () => {
  const breaks = [
    { day: '2026-11-18', text: 'before anything is stored' },
    { day: '2026-11-19', text: 'counts otherwise' },
    { day: '2026-01-01', text: 'long ago' },
  ];
  expect(marks(periods, breaks)).toMatchObject([{ x: '2026-11-19', type: 'threshold' }, { x: '2026-11-20', type: 'threshold' }]);
});
