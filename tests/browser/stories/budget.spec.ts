// The budget of the first view in counts, which do not depend on the machine. ../speed.spec.ts measures seconds.
import type { Request } from '@playwright/test';

import { TOKEN } from '../place.ts';
import { expect, test } from './story.ts';

const KB = 1024;
/** The build's budget of the first route, plus the icon, the settings and the answers of the API. */
const MOST_KB = 600;
const MOST_FILES = 24;
const MOST_ANSWERS = 12;
/** Nested imports would load one after the other. */
const MOST_ROUNDS = 3;

test('the first view keeps its budget', async ({ page }) => {
  const files: Request[] = [];
  const answers: Request[] = [];
  page.on('requestfinished', (request) => (new URL(request.url()).pathname.startsWith('/v1/') ? answers : files).push(request));
  await page.goto(`/#token=${TOKEN}`);
  await expect(page.getByText('Active people in the range')).toBeVisible();

  const sizes = await Promise.all([...files, ...answers].map((request) => request.sizes()));
  const bytes = sizes.reduce((sum, { responseBodySize, responseHeadersSize }) => sum + responseBodySize + responseHeadersSize, 0);
  const rounds = await page.evaluate(() => {
    // A round: scripts that were requested before the first of them arrived.
    const scripts = performance.getEntriesByType('resource').filter(({ name }) => /\.js$/.test(new URL(name).pathname)) as PerformanceResourceTiming[];
    let count = 0;
    let arrived = -1;
    for (const { startTime, responseEnd } of scripts.toSorted((a, b) => a.startTime - b.startTime)) {
      if (startTime < arrived) {
        arrived = Math.min(arrived, responseEnd);
        continue;
      }
      count += 1;
      arrived = responseEnd;
    }
    return count;
  });
  console.log(`${(bytes / KB).toFixed(0)} KB in ${files.length} files and ${answers.length} answers, scripts in ${rounds} rounds`);
  expect(bytes).toBeLessThan(MOST_KB * KB);
  expect(files.length).toBeLessThanOrEqual(MOST_FILES);
  expect(answers.length).toBeLessThanOrEqual(MOST_ANSWERS);
  expect(rounds).toBeLessThanOrEqual(MOST_ROUNDS);
});
