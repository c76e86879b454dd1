import { expect, test } from 'vitest';

import { csv } from './csv';

test('an unknown value is empty, zero is 0', () => {
  expect(csv(['day', 'active'], [['2026-11-20', null], ['2026-11-21', 0]])).toBe('day,active\r\n2026-11-20,\r\n2026-11-21,0\r\n');
});

test('commas, quotes and lines are kept', () => {
  expect(csv(['a'], [['x, "y"\nz']])).toBe('a\r\n"x, ""y""\nz"\r\n');
});

test('a cell is never a formula', () => {
  expect(csv(['a'], [['=HYPERLINK("x")'], ['-1+1'], [-1]])).toBe('a\r\n"\'=HYPERLINK(""x"")"\r\n\'-1+1\r\n-1\r\n');
});
