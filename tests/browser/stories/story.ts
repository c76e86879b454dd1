// Shared by all stories: a signed-in page without console errors.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page, test as base } from '@playwright/test';

import { ADDRESS, GATEWAY, LOOKED_AT, TOKEN } from '../place.ts';

/** Failures that a story causes on purpose. */
const ASKED_FOR = /Failed to load resource: (net::ERR_CONNECTION_REFUSED|the server responded with a status of (400|401|409|422|429|503))/;

/** A story may request unknown data of the API. A missing file of the page is a complaint. */
const isUnknownToTheApi = (text: string, url: string) => text.includes('status of 404') && new URL(url).pathname.startsWith('/v1/');

/** Errors of an issuer's page do not count. */
const isOurs = (url: string) => [ADDRESS, GATEWAY].some((address) => url.startsWith(`${address}/`));

export const test = base.extend<{ complaints: string[]; signedIn: Page }>({
  /** Errors of the page's scripts and violations of the content security policy. */
  complaints: [
    async ({ page }, use) => {
      const complaints: string[] = [];
      page.on('pageerror', (error) => {
        if (isOurs(page.url())) complaints.push(error.message);
      });
      page.on('console', (message) => {
        const { url } = message.location();
        if (message.type() !== 'error' || ASKED_FOR.test(message.text()) || isUnknownToTheApi(message.text(), url) || !isOurs(url === '' ? page.url() : url)) return;
        complaints.push(`${message.text()} ${url}`);
      });
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
  signedIn: async ({ page }, use) => {
    // The state after the printed link was opened.
    await page.addInitScript((token) => sessionStorage.setItem('pairmeter.token', token), TOKEN);
    await use(page);
  },
});

export { expect };

/** Color schemes and screen sizes. */
export const LOOKS = [
  { name: 'light', colorScheme: 'light', viewport: { width: 1440, height: 900 } },
  { name: 'dark', colorScheme: 'dark', viewport: { width: 1440, height: 900 } },
  { name: 'phone', colorScheme: 'light', viewport: { width: 390, height: 844 } },
] as const;

const WCAG = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/** Fails on any violation of WCAG 2.2 AA that axe finds. */
export async function expectAccessible(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).withTags(WCAG).analyze();
  const found = violations.flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html}\n${failureSummary ?? ''}`));
  expect(found).toEqual([]);
}

/** Sends a request to the API. */
export async function ask<T>(page: Page, path: string): Promise<T> {
  const response = await page.request.get(path, { headers: { authorization: `Bearer ${TOKEN}` } });
  expect(response.ok(), path).toBe(true);
  return (await response.json()) as T;
}

/** The connector that stories read and never change. */
export async function demo(page: Page): Promise<{ id: string; name: string }> {
  const { connectors } = await ask<{ connectors: { id: string; name: string }[] }>(page, '/v1/connectors');
  const found = connectors.find(({ name }) => name === LOOKED_AT);
  expect(found, LOOKED_AT).toBeDefined();
  return found!;
}

interface Identity {
  id: string;
}

/** A person with identities at several providers. */
export async function joined(page: Page): Promise<{ id: string; name: string; identities: Identity[] }> {
  const { rows } = await ask<{ rows: { id: string; name: string | null; providers: string[] }[] }>(page, '/v1/people?limit=1000&sort=active_days&order=desc');
  const found = rows.find(({ providers, name }) => providers.length > 1 && name !== null);
  expect(found, 'a person at several providers').toBeDefined();
  const { identities } = await ask<{ identities: Identity[] }>(page, `/v1/people/${found!.id}`);
  return { id: found!.id, name: found!.name!, identities };
}

/** The team with the most people. */
export async function someTeam(page: Page): Promise<{ address: string; name: string }> {
  const { rows } = await ask<{ rows: { id: string; name: string | null; connector: string | null }[] }>(page, '/v1/teams?sort=people&order=desc&limit=1');
  const { id, name, connector } = rows[0]!;
  return { address: connector === null ? encodeURIComponent(id) : `${connector}/${encodeURIComponent(id)}`, name: name ?? id };
}

interface Account {
  slug: string;
  /** The label of the way; the first way if missing. */
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
