import { expect, test } from 'vitest';

import { text } from './strings';

/** Words that the house rules exclude, and British spellings. */
const EXCLUDED = /\b(nobody|somebody|anybody|everybody|whoever|whatever|nought|mend|tells|under way|licen[c]e|colour|recognise|organisation)\b/i;

/** Every text with its path. A function is read as source: it contains all its texts. */
function texts(value: unknown, path = 'text'): [string, string][] {
  if (typeof value === 'string') return [[path, value]];
  if (typeof value === 'function') return [[path, String(value)]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => texts(part, `${path}.${name}`));
}

test('no text of the app has an excluded word', () => {
  const all = texts(text);
  expect(all.length).toBeGreaterThan(500);
  expect(all.filter(([, content]) => EXCLUDED.test(content))).toEqual([]);
});
