import { expect, test } from 'vitest';

import type { Connector } from '../api/types';
import { COLORS } from './chart/colors';
import { labelsOf } from './connector-labels';

const connector = (id: string, created_at: string, provider = 'p') => ({ id, created_at, provider, name: `name of ${id}` }) as Connector;

test('a connector keeps its color when another one is added', () => {
  const [old, middle, young] = [connector('z', '2026-01-01'), connector('y', '2026-02-01', 'q'), connector('a', '2026-03-01', 'q')];
  const two = labelsOf([old, middle], String);
  const three = labelsOf([young, middle, old], (id) => `Assistant ${id}`);
  expect([two.connectorColor('z'), two.connectorColor('y')]).toEqual([COLORS[0], COLORS[1]]);
  expect(['z', 'y', 'a'].map(three.connectorColor)).toEqual([COLORS[0], COLORS[1], COLORS[2]]);
  expect([three.assistantColor('q'), three.assistantName('q')]).toEqual([COLORS[1], 'Assistant q']);
  expect(['a', 'z', 'y'].sort(three.byAge)).toEqual(['z', 'y', 'a']);
});

test('a removed connector has its id as name and no color', () => {
  expect([labelsOf([], String).connectorName('x'), labelsOf([], String).connectorColor('x')]).toEqual(['x', undefined]);
});
