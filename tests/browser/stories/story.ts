// What all stories share: somebody who is signed in, and a page that must not complain.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test as base } from '@playwright/test';

import { TOKEN } from '../place.ts';

/** Answers of the API that a story asks for on purpose. */
const ASKED_FOR = /Failed to load resource: the server responded with a status of (401|409|422|429|503)/;

export const test = base.extend<{ complaints: string[]; signedIn: Page }>({
  /** Errors of scripts, and everything that the content security policy has refused. */
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('console', (message) => {
        if (message.type() === 'error' && !ASKED_FOR.test(message.text())) complaints.push(message.text());
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
  signedIn: async ({ page }, use) => {
    await page.goto(`/#token=${TOKEN}`);
    await expect(page.getByRole('heading', { name: 'Overview' })).toBeVisible();
    await use(page);
  },
});

export { expect };

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Everything that axe can tell about WCAG 2.2 AA. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
  const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary ?? ''}`));
  expect(found).toEqual([]);
}

/** Asks the API as a program would. */
export async function ask<T>(page: Page, path: string): Promise<T> {
  const response = await page.request.get(path, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(response.ok(), path).toBe(true);
  return (await response.json()) as T;
}

interface Account {
  slug: string;
  /** The label of the way to take; the first if left out. */
  way?: string;
  token: string;
}

/** Fills in the wizard up to the verification. */
export async function verify(page: Page, { slug, way, token }: Account): Promise<void> {
  await page.goto('/connectors/new');
  await page.getByLabel('Organization', { exact: true }).last().fill(slug);
  await page.getByRole('button', { name: 'Next' }).click();
  if (way !== undefined) await page.getByRole('radio', { name: way }).check();
  await page.getByLabel('Token', { exact: true }).fill(token);
  await page.getByRole('button', { name: 'Next' }).click();
}

/** Connects an account and waits for its page. */
export async function connect(page: Page, account: Account): Promise<void> {
  await verify(page, account);
  await expect(page.getByText('The connection works')).toBeVisible();
  await page.getByRole('button', { name: 'Save connector' }).click();
  await expect(page.getByRole('heading', { level: 1, name: account.slug })).toBeVisible();
}
