// The first view, and a year of days. A busy machine only adds to a time, so the best of several tries is what counts.
import type { Browser, Page } from '@playwright/test';

import { TOKEN } from '../place.ts';
import { demo, expect, test } from './story.ts';

const FIRST_VIEW_MS = 1000;
const YEAR_MS = 2000;
const MOVE_MS = 100;
const TRIES = 12;

/** The best of the tries; as soon as one is good enough no other is needed. */
async function best(limit: number, tryOnce: () => Promise<number>): Promise<number> {
  const took: number[] = [];
  while (took.length < TRIES && !took.some((time) => time < limit)) took.push(await tryOnce());
  console.log(`${took.join(', ')} ms`);
  return Math.min(...took);
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
  test.setTimeout(120_000);
  expect(await best(FIRST_VIEW_MS, () => firstView(browser))).toBeLessThan(FIRST_VIEW_MS);
});

test('a year of days is drawn as lines, and stays smooth', async ({ signedIn: page }) => {
  test.setTimeout(120_000);
  const { id } = await demo(page);
  expect(await best(YEAR_MS, () => year(page, id))).toBeLessThan(YEAR_MS);
  const box = (await page.getByRole('application', { name: 'People' }).boundingBox())!;
  let step = 0;
  const moved = await best(MOVE_MS, async () => {
    const started = Date.now();
    step += 1;
    await page.mouse.move(box.x + (box.width * step) / (TRIES + 1), box.y + box.height / 2);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(null))));
    return Date.now() - started;
  });
  expect(moved).toBeLessThan(MOVE_MS);
});
