// Failures at a provider are shown with reason and fix, and nothing is saved.
import { ask, expect, expectAccessible, test, verify } from './story.ts';

test.afterEach(async ({ page }) => {
  const { connectors } = await ask<{ connectors: { account: { slug: string } }[] }>(page, '/v1/connectors');
  const slugs = connectors.map(({ account }) => account.slug);
  for (const slug of ['octo-policyoff', 'octo-scope', 'octo-http429', 'octo-missing']) expect(slugs).not.toContain(slug);
});

test('a disabled policy is named with the page to enable it', async ({ signedIn: page }) => {
  await verify(page, { slug: 'octo-policyoff', token: 'ghp_good' });
  await expect(page.getByText('Not connected yet: a check failed')).toBeVisible();
  await expect(page.getByText(/must be "Enabled everywhere"/)).toBeVisible();
  const fix = page.getByRole('link', { name: /Open the page/ }).first();
  await expect(fix).toHaveAttribute('href', 'https://github.com/organizations/octo-policyoff/settings/copilot/policies');
  await expect(page.getByText('Policy is off').first()).toBeVisible();
  await expectAccessible(page);
  const save = page.getByRole('button', { name: 'Save connector' });
  await expect(save).toBeDisabled();
  await save.hover();
  await expect(page.getByText('The connection is not verified. Fix the failed checks, then verify again.').filter({ visible: true })).toBeVisible();
});

test('a token without the scope reports the missing scope', async ({ signedIn: page }) => {
  await verify(page, { slug: 'octo-scope', way: 'Classic token', token: 'ghp_noscope' });
  await expect(page.getByText('Not connected yet: a check failed')).toBeVisible();
  await expect(page.getByText(/read:org/).first()).toBeVisible();
  await expect(page.getByText('Permission is missing').first()).toBeVisible();
});

test('a rate limit is not a failed check and can be retried', async ({ signedIn: page }) => {
  await verify(page, { slug: 'octo-http429', token: 'ghp_good' });
  await expect(page.getByText('The provider could not be reached')).toBeVisible();
  await expect(page.getByText('Rate limited').first()).toBeVisible();
  await page.getByRole('button', { name: 'Verify again' }).click();
  await expect(page.getByText('The provider could not be reached')).toBeVisible();
});

test('a wrong name is reported as not found', async ({ signedIn: page }) => {
  await verify(page, { slug: 'octo-missing', token: 'ghp_good' });
  await expect(page.getByText('Not connected yet: a check failed')).toBeVisible();
  await expect(page.getByText('Not found').first()).toBeVisible();
});

test('a key of another provider or kind is recognized before any request', async ({ signedIn: page }) => {
  await page.goto('/connectors/new');
  await page.getByLabel('Organization', { exact: true }).last().fill('octo');
  await page.getByRole('button', { name: 'Next' }).click();
  const token = page.getByLabel('Token', { exact: true });
  await token.fill('sk-proj-0123456789');
  await expect(page.getByText('This looks like an OpenAI project key')).toBeVisible();
  await expect(page.getByRole('link', { name: /Create a key for OpenAI/ })).toHaveAttribute('href', /platform\.openai\.com/);
  await token.fill('crsr_0123456789');
  await expect(page.getByText('This looks like an Admin API key of Cursor')).toBeVisible();
  await page.getByRole('button', { name: 'Connect Cursor instead' }).click();
  await expect(page.getByLabel('API key', { exact: true })).toHaveValue('crsr_0123456789');
});
