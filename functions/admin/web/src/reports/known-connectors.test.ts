import { expect, test } from 'vitest';

import type { Connector } from '../api/words';
import { COLORS } from './chart/colors';
import { knownOf } from './known-connectors';

const connector = (id: string, created_at: string, provider = 'p') => ({ id, created_at, provider, name: `name of ${id}` }) as Connector;

test('a connector keeps its color when another is added, in any order of the list', () => {
  const [old, middle, young] = [connector('z', '2026-01-01'), connector('y', '2026-02-01', 'q'), connector('a', '2026-03-01', 'q')];
  const two = knownOf([old, middle], String);
  const three = knownOf([young, middle, old], (id) => `Assistant ${id}`);
  expect([two.connectorColor('z'), two.connectorColor('y')]).toEqual([COLORS[0], COLORS[1]]);
  expect(['z', 'y', 'a'].map(three.connectorColor)).toEqual([COLORS[0], COLORS[1], COLORS[2]]);
  expect([three.assistantColor('q'), three.assistantName('q')]).toEqual([COLORS[1], 'Assistant q']);
  expect(['a', 'z', 'y'].sort(three.byAge)).toEqual(['z', 'y', 'a']);
});

test('a connector that is gone has its id and no color', () => {
  expect([knownOf([], String).connectorName('x'), knownOf([], String).connectorColor('x')]).toEqual(['x', undefined]);
});
