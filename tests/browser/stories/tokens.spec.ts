// The report on tokens: totals, providers without tokens, and filters without matches.
import type { Page } from '@playwright/test';

import { ask, expect, expectAccessible, test } from './story.ts';

interface Rows {
  rows: { model: string | null; subject: { name: string | null; email: string | null } | null; metrics: { tokens_in: number | null; cache_hit_rate: number | null } }[];
}

const PROVIDER = 'openai';
const MINUTE_MS = 60_000;
const short = (value: number, digits: Intl.NumberFormatOptions) => new Intl.NumberFormat('en-US', { notation: 'compact', ...digits }).format(value);
const share = (value: number) => new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 1 }).format(value);

/** Waits for the end of the first poll: before it, the API may have more data than the page has loaded. */
async function fetched(page: Page): Promise<void> {
  const isFetched = async () => {
    const { connectors } = await ask<{ connectors: { provider: string; last_poll: unknown }[] }>(page, '/v1/connectors');
    return connectors.some(({ provider, last_poll }) => provider === PROVIDER && last_poll !== null);
  };
  await expect.poll(isFetched, { timeout: 2 * MINUTE_MS }).toBe(true);
}

test('tokens have totals, rows by model, and pages of people', async ({ signedIn: page }) => {
  test.setTimeout(3 * MINUTE_MS);
  await fetched(page);
  const [models, people] = [
    await ask<Rows>(page, `/v1/tokens?provider=${PROVIDER}&interval=total&by=model`),
    await ask<Rows>(page, `/v1/tokens?provider=${PROVIDER}&interval=total&by=person&limit=25`),
  ];
  const asked: string[] = [];
  page.on('request', (request) => {
    if (/\/v1\/tokens\?.*by=person/.test(request.url()) && !request.url().includes('subject=')) asked.push(request.url());
  });

  await page.goto(`/tokens?provider=${PROVIDER}`);
  await expect(page.getByRole('link', { name: 'Tokens' })).toHaveAttribute('aria-current', 'page');
  const input = models.rows.reduce((sum, { metrics }) => sum + (metrics.tokens_in ?? 0), 0);
  await expect(page.getByText(short(input, { maximumSignificantDigits: 3 }), { exact: true }).first()).toBeVisible();

  const [first] = models.rows;
  const row = page.getByRole('table', { name: 'By model' }).getByRole('row', { name: first!.model! }).first();
  await expect(row).toContainText(short(first!.metrics.tokens_in!, { maximumFractionDigits: 1 }));
  await expect(row).toContainText(share(first!.metrics.cache_hit_rate!));

  const table = page.getByRole('table', { name: 'By person' });
  const { name, email } = people.rows[0]!.subject!;
  await expect(table).toContainText(name ?? email!);
  await expect(table.getByRole('row').last()).toContainText('Unattributed');
  expect(asked.map((url) => new URL(url).searchParams.get('limit'))).toEqual(['25']);
  await page.getByRole('list', { name: 'Pages of By person' }).getByRole('button', { name: 'Next page' }).click();
  await expect(table).not.toContainText(email!);
  expect(asked).toHaveLength(2);
  expect(new URL(asked[1]!).searchParams.get('cursor')).not.toBeNull();
  await expectAccessible(page);
});

test('a provider without tokens has no zeros, and others are listed', async ({ signedIn: page }) => {
  await page.goto('/tokens?provider=github-copilot');
  // Once per page, not once per panel.
  await expect(page.getByText('GitHub Copilot does not report tokens')).toHaveCount(1);
  await expect(page.getByText(/Providers that report tokens: Cursor, Claude Console, .* and Codex\./)).toBeVisible();
  await expect(page.getByText('Cache hit rate')).toHaveCount(0);
  await expectAccessible(page);
});

test('a filter without tokens is explained and can be removed', async ({ signedIn: page }) => {
  await page.goto('/tokens?model=no-such-model');
  // Panels that loaded before the headline show their own message until then.
  const clear = page.getByRole('button', { name: 'Clear these filters' });
  await expect(page.getByText('No tokens match these filters')).toHaveCount(1);
  await expect(clear).toHaveCount(1);
  await clear.click();
  await expect(page).toHaveURL(/\/tokens$/);
  await expect(page.getByText('No tokens match these filters')).toHaveCount(0);
});
