// Load times of the page, for an idle machine (make bench-page).
// stories/budget.spec.ts asserts the counts.
import type { Browser, Page } from '@playwright/test';

import { TOKEN } from './place.ts';
import { demo, expect, test } from './stories/story.ts';

const FIRST_VIEW_MS = 1000;
const YEAR_MS = 2000;
const MOVE_MS = 100;
const TRIES = 12;

/** The median of several runs after a warm-up. */
async function median(what: string, tryOnce: () => Promise<number>): Promise<number> {
  await tryOnce();
  const took: number[] = [];
  while (took.length < TRIES) took.push(await tryOnce());
  took.sort((a, b) => a - b);
  const middle = took[took.length / 2]!;
  console.log(`${what}: ${middle} ms, the median of ${took.join(', ')}`);
  return middle;
}

const SEEN = 'Active people in the range';

/** Time from the start of the navigation to the frame that shows the view, with an empty cache. */
async function firstView(browser: Browser): Promise<number> {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.addInitScript((text) => {
    new MutationObserver((_, observer) => {
      if (!document.body.textContent.includes(text)) return;
      observer.disconnect();
      requestAnimationFrame(() => performance.mark('seen'));
    }).observe(document, { childList: true, subtree: true, characterData: true });
  }, SEEN);
  await page.goto(`/#token=${TOKEN}`);
  await expect(page.getByText(SEEN)).toBeVisible();
  const took = await page.evaluate(() => performance.getEntriesByName('seen')[0]!.startTime);
  await context.close();
  return Math.round(took);
}

async function year(page: Page, connector: string): Promise<number> {
  await page.goto('/connectors');
  const started = Date.now();
  await page.goto(`/usage?last=365&interval=day&connector=${connector}`);
  await expect(page.getByText(/Gaps: no data is stored/).first()).toBeVisible();
  return Date.now() - started;
}

test('the first view is there within a second', async ({ browser }) => {
  test.setTimeout(180_000);
  expect(await median('first view', () => firstView(browser))).toBeLessThan(FIRST_VIEW_MS);
});

test('a year of days is drawn as lines, and stays smooth', async ({ signedIn: page }) => {
  test.setTimeout(180_000);
  const { id } = await demo(page);
  expect(await median('a year', () => year(page, id))).toBeLessThan(YEAR_MS);
  const box = (await page.getByRole('application', { name: 'People' }).boundingBox())!;
  let step = 0;
  const moved = await median('a move over its chart', async () => {
    const started = Date.now();
    step += 1;
    await page.mouse.move(box.x + (box.width * step) / (TRIES + 2), box.y + box.height / 2);
    await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve(null))));
    return Date.now() - started;
  });
  expect(moved).toBeLessThan(MOVE_MS);
});
