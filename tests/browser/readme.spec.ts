// The picture at the top of README.md: tests/browser/run BINARY --project readme writes it. Take it again after a change of the Overview page.
import { ask, expect, test } from './stories/story.ts';

const PATIENCE_MS = 900_000;

interface Connectors {
  connectors: { last_poll: unknown }[];
}

test.use({ viewport: { width: 1280, height: 1048 }, deviceScaleFactor: 0.8, locale: 'en-US', colorScheme: 'light' });

test('the Overview page after the first poll of every connector', async ({ signedIn: page }) => {
  test.setTimeout(PATIENCE_MS + 60_000);
  // The demo fetches from some providers as slowly as their rate limits allow.
  const lastPolls = async () => (await ask<Connectors>(page, '/v1/connectors')).connectors.map(({ last_poll }) => last_poll);
  await expect.poll(lastPolls, { timeout: PATIENCE_MS }).not.toContain(null);
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await page.waitForLoadState('networkidle');
  await page.screenshot({ path: '../../functions/admin/overview.png' });
});
