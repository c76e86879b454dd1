import { expect, test } from 'vitest';

import { addDays, daysBetween, isDay, periods, weekdayOf } from './days';

test('days are added across months, years and leap days', () => {
  expect(addDays('2024-02-28', 1)).toBe('2024-02-29');
  expect(addDays('2026-12-31', 1)).toBe('2027-01-01');
  expect(daysBetween('2026-11-07', '2026-11-20')).toBe(13);
});

test('invalid days are rejected', () => {
  expect(isDay('2026-02-29')).toBe(false);
  expect(isDay('2024-02-29')).toBe(true);
  expect(isDay('20 Nov')).toBe(false);
  expect(isDay(null)).toBe(false);
});

test('weeks start on Monday', () => {
  expect(weekdayOf('2026-11-16')).toBe(0);
  expect(weekdayOf('2026-11-22')).toBe(6);
});

test('periods cover the whole range', () => {
  expect(periods('2026-11-19', '2026-11-21', 'day')).toEqual(['2026-11-19', '2026-11-20', '2026-11-21']);
  expect(periods('2026-11-12', '2026-11-21', 'week')).toEqual(['2026-11-09', '2026-11-16']);
  expect(periods('2025-12-31', '2026-02-01', 'month')).toEqual(['2025-12-01', '2026-01-01', '2026-02-01']);
});
