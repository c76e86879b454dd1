// Screenshots of every page and step: tests/browser/run BINARY --project shots writes them into shots/. They are not compared,
// because pixels depend on the fonts of the machine.
import type { Page } from '@playwright/test';

import { demo, expect, LOOKS, test, verify } from './stories/story.ts';

/** Waits until the page has finished loading. */
async function settled(page: Page): Promise<void> {
  await expect(page.getByRole('heading', { level: 1 }).first()).toBeVisible();
  await page.waitForLoadState('networkidle');
  await expect(page.locator('[class*="awsui_status-loading"], [class*="awsui_root"][class*="spinner"]')).toHaveCount(0);
}

/** Takes the whole page in one tall window, because sticky elements are misplaced in a stitched screenshot. */
async function picture(page: Page, path: string): Promise<void> {
  const { width } = page.viewportSize()!;
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  await page.setViewportSize({ width, height: Math.min(Math.max(height, 600), 8000) });
  // Charts adapt to the new size.
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  await page.screenshot({ path });
}

const next = (page: Page) => page.getByRole('button', { name: 'Next' }).click();

/** The views and how to open them. */
const VIEWS: [name: string, open: (page: Page) => Promise<unknown>][] = [
  ['overview', (page) => page.goto('/')],
  ['usage', (page) => page.goto('/usage')],
  ['usage-of-one', async (page) => page.goto(`/usage?connector=${(await demo(page)).id}`)],
  ['usage-year', async (page) => page.goto(`/usage?last=365&interval=day&connector=${(await demo(page)).id}`)],
  ['usage-table', async (page) => {
    await page.goto('/usage?last=7');
    const choice = page.getByRole('toolbar', { name: 'Show People as' });
    const narrow = page.getByRole('button', { name: /Show People as/ });
    await expect(choice.or(narrow)).toBeVisible();
    if (await choice.isVisible()) return choice.getByRole('button', { name: 'Table' }).click();
    await narrow.click();
    await page.getByRole('option', { name: 'Table' }).click();
  }],
  ['usage-empty', (page) => page.goto('/usage?from=2025-12-01&to=2025-12-05')],
  ...(['language', 'editor', 'model', 'feature', 'client', 'tool'] as const).map((by): [string, (page: Page) => Promise<unknown>] => [
    `breakdowns-${by}`,
    (page) => page.goto(`/breakdowns?by=${by}`),
  ]),
  ['pull-requests', (page) => page.goto('/pull-requests')],
  ['costs', (page) => page.goto('/costs')],
  ['tokens', (page) => page.goto('/tokens')],
  ['tokens-by-model', (page) => page.goto('/tokens?split=model')],
  ['tokens-empty', (page) => page.goto('/tokens?provider=github-copilot')],
  ['people', (page) => page.goto('/people')],
  ['person', async (page) => {
    await page.goto('/people');
    await page.getByRole('table', { name: 'People' }).getByRole('link').first().click();
    await page.waitForURL(/people\/./);
  }],
  ['seats', (page) => page.goto('/seats')],
  ['identities', (page) => page.goto('/identities')],
  ['connectors', (page) => page.goto('/connectors')],
  ['connector', async (page) => {
    await page.goto(`/connectors/${(await demo(page)).id}`);
    await page.getByRole('button', { name: /Final/ }).first().click();
  }],
  ['connector-remove', async (page) => {
    await page.goto(`/connectors/${(await demo(page)).id}`);
    await page.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: 'Remove' }).click();
  }],
  ['add-1-account', (page) => page.goto('/connectors/new')],
  ['add-1-missing', async (page) => {
    await page.goto('/connectors/new');
    await next(page);
  }],
  ['add-2-token', async (page) => {
    await page.goto('/connectors/new');
    await page.getByLabel('Organization', { exact: true }).last().fill('octo-shots');
    await next(page);
  }],
  ...['Cursor', 'Claude Console', 'Claude Enterprise', 'OpenAI', 'Codex'].map((name): [string, (page: Page) => Promise<unknown>] => [
    `add-2-token-${name.toLowerCase().replace(' ', '-')}`,
    async (page) => {
      await page.goto('/connectors/new');
      await page.getByRole('radio', { name: new RegExp(`^${name}`) }).check();
      await page.getByRole('button', { name: /^Fill in/ }).click();
      await next(page);
    },
  ]),
  ...['Cursor', 'Claude Console', 'Claude Enterprise', 'OpenAI', 'Codex'].map((name): [string, (page: Page) => Promise<unknown>] => [
    `add-3-valid-${name.toLowerCase().replace(' ', '-')}`,
    async (page) => {
      await page.goto('/connectors/new');
      await page.getByRole('radio', { name: new RegExp(`^${name}`) }).check();
      await page.getByRole('button', { name: /^Fill in/ }).click();
      await next(page);
      await page.getByRole('button', { name: 'Fill in a valid key' }).click();
      await next(page);
      await expect(page.getByText('The connection works')).toBeVisible();
    },
  ]),
  ['add-3-valid', async (page) => {
    await verify(page, { slug: 'octo-shots', token: 'ghp_good' });
    await expect(page.getByText('The connection works')).toBeVisible();
  }],
  ['add-3-invalid', async (page) => {
    await verify(page, { slug: 'octo-policyoff', token: 'ghp_good' });
    await expect(page.getByText('Not connected yet')).toBeVisible();
  }],
  ['add-3-unknown', async (page) => {
    await verify(page, { slug: 'octo-http429', token: 'ghp_good' });
    await expect(page.getByText('The provider could not be reached')).toBeVisible();
  }],
  ['welcome', async (page) => {
    await page.route('**/v1/connectors', (route) => route.fulfill({ json: { connectors: [], next_cursor: null } }));
    await page.goto('/');
  }],
  ['connectors-empty', async (page) => {
    await page.route('**/v1/connectors', (route) => route.fulfill({ json: { connectors: [], next_cursor: null } }));
    await page.goto('/connectors');
  }],
  ['not-found', (page) => page.goto('/nothing-here')],
];

for (const { name: look, ...how } of LOOKS) {
  test.describe(look, () => {
    test.use(how);
    for (const [name, open] of VIEWS) {
      test(name, async ({ signedIn: page }) => {
        await open(page);
        await settled(page);
        await picture(page, `shots/${look}/${name}.png`);
      });
    }

    test('sign-in', async ({ page }) => {
      await page.goto('/');
      await expect(page.getByLabel('Token')).toBeVisible();
      await picture(page, `shots/${look}/sign-in.png`);
    });
  });
}
