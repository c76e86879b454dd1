// The first view, and a year of days. A busy machine only adds to a time, so the best of several tries is what counts, and what others
// took of the processors meanwhile is taken off: these are bars for the page, not for its neighbours.
import type { Browser, Page } from '@playwright/test';

import { TOKEN } from '../place.ts';
import { demo, expect, test } from './story.ts';

const FIRST_VIEW_MS = 1000;
const YEAR_MS = 2000;
const MOVE_MS = 100;
const TRIES = 12;

/** How much longer work takes than it would if nobody else were at work: 1 on a machine of one's own. */
async function crowding(browser: Browser): Promise<number> {
  const page = await browser.newPage();
  const spans = await page.evaluate(() => {
    const span = () => {
      const started = performance.now();
      let sum = 0;
      for (let n = 0; n < 1_500_000; n += 1) sum += n % 7;
      return sum > 0 ? performance.now() - started : 0;
    };
    // The first are slower: the engine has not compiled them yet.
    for (let n = 0; n < 20; n += 1) span();
    return Array.from({ length: 120 }, span);
  });
  await page.close();
  // Most spans fit between two turns of others and show what the processor can do; the mean has waited for its turn.
  const alone = spans.toSorted((a, b) => a - b)[spans.length / 4]!;
  return Math.max(1, spans.reduce((sum, span) => sum + span, 0) / spans.length / alone);
}

/** The best of the tries; as soon as one is good enough no other is needed. */
async function best(browser: Browser, limit: number, tryOnce: () => Promise<number>): Promise<number> {
  const took: number[] = [];
  const said: string[] = [];
  while (took.length < TRIES && !took.some((time) => time < limit)) {
    const before = await crowding(browser);
    const time = await tryOnce();
    // The kinder of the two is not taken.
    const crowd = Math.min(before, await crowding(browser));
    took.push(time / crowd);
    said.push(`${time} ms at ${crowd.toFixed(2)}`);
  }
  const found = Math.min(...took);
  console.log(`${found.toFixed(0)} ms, best of ${said.join(', ')}`);
  return found;
}

/** Nothing is cached: a new person each time. */
async function firstView(browser: Browser): Promise<number> {
  const context = await browser.newContext();
  const page = await context.newPage();
  const started = Date.now();
  await page.goto(`/#token=${TOKEN}`);
  await expect(page.getByText('Active people in the range')).toBeVisible();
  const took = Date.now() - started;
  await context.close();
  return took;
}

async function year(page: Page, connector: string): Promise<number> {
  await page.goto('/connectors');
  const started = Date.now();
  await page.goto(`/usage?last=365&interval=day&connector=${connector}`);
  await expect(page.getByText(/Gaps: nothing is stored/).first()).toBeVisible();
  return Date.now() - started;
}

test('the first view is there within a second', async ({ browser }) => {
  test.setTimeout(180_000);
  expect(await best(browser, FIRST_VIEW_MS, () => firstView(browser))).toBeLessThan(FIRST_VIEW_MS);
});

test('a year of days is drawn as lines, and stays smooth', async ({ signedIn: page, browser }) => {
  test.setTimeout(180_000);
  const { id } = await demo(page);
  expect(await best(browser, YEAR_MS, () => year(page, id))).toBeLessThan(YEAR_MS);
  const box = (await page.getByRole('application', { name: 'People' }).boundingBox())!;
  let step = 0;
  const moved = await best(browser, MOVE_MS, async () => {
    const started = Date.now();
    step += 1;
    await page.mouse.move(box.x + (box.width * step) / (TRIES + 1), box.y + box.height / 2);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(null))));
    return Date.now() - started;
  });
  expect(moved).toBeLessThan(MOVE_MS);
});
