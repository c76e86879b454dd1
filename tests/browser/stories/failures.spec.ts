// What goes wrong at a provider is said with its reason and its fix, and nothing is saved.
import { ask, expect, expectAccessible, test, verify } from './story.ts';

test.afterEach(async ({ page }) => {
  const { connectors } = await ask<{ connectors: { account: { slug: string } }[] }>(page, '/v1/connectors');
  const slugs = connectors.map(({ account }) => account.slug);
  for (const slug of ['octo-policyoff', 'octo-scope', 'octo-http429', 'octo-nobody']) expect(slugs).not.toContain(slug);
});

test('a policy that is off names the policy and the page to switch it on', async ({ signedIn: page }) => {
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
  await expect(page.getByText('The connection is not verified. Follow the failed checks, then verify again.').filter({ visible: true })).toBeVisible();
});

test('a token without the scope says which scope is missing', async ({ signedIn: page }) => {
  await verify(page, { slug: 'octo-scope', way: 'Classic token', token: 'ghp_noscope' });
  await expect(page.getByText('Not connected yet: a check failed')).toBeVisible();
  await expect(page.getByText(/read:org/).first()).toBeVisible();
  await expect(page.getByText('Permission is missing').first()).toBeVisible();
});

test('a rate limit is nobody’s fault: try again', async ({ signedIn: page }) => {
  await verify(page, { slug: 'octo-http429', token: 'ghp_good' });
  await expect(page.getByText('The provider could not be reached')).toBeVisible();
  await expect(page.getByText('Rate limited').first()).toBeVisible();
  await page.getByRole('button', { name: 'Verify again' }).click();
  await expect(page.getByText('The provider could not be reached')).toBeVisible();
});

test('a wrong name is told from everything else', async ({ signedIn: page }) => {
  await verify(page, { slug: 'octo-nobody', token: 'ghp_good' });
  await expect(page.getByText('Not connected yet: a check failed')).toBeVisible();
  await expect(page.getByText('Not found').first()).toBeVisible();
});

test('a key of another provider, or of another kind, is told before anybody is asked', async ({ signedIn: page }) => {
  await page.goto('/connectors/new');
  await page.getByLabel('Organization', { exact: true }).last().fill('octo');
  await page.getByRole('button', { name: 'Next' }).click();
  const token = page.getByLabel('Token', { exact: true });
  await token.fill('sk-proj-0123456789');
  await expect(page.getByText('This looks like an OpenAI project key')).toBeVisible();
  await expect(page.getByRole('link', { name: /Make a key for OpenAI/ })).toHaveAttribute('href', /platform\.openai\.com/);
  await token.fill('crsr_0123456789');
  await expect(page.getByText('This looks like an Admin API key of Cursor')).toBeVisible();
  await page.getByRole('button', { name: 'Connect Cursor instead' }).click();
  await expect(page.getByLabel('API key', { exact: true })).toHaveValue('crsr_0123456789');
});
