// Setup by app: the provider creates an app, and its key never passes through the browser.
import { expect, test } from './story.ts';

test('an app is created, installed and polled', async ({ signedIn: page }) => {
  let manifest: { default_permissions: Record<string, string>; redirect_url: string } | null = null;
  // GitHub accepts the form and redirects the browser back with a code.
  await page.route('https://github.com/organizations/octo-app/settings/apps/new?*', async (route) => {
    const posted = new URLSearchParams(route.request().postData() ?? '');
    manifest = JSON.parse(posted.get('manifest') ?? 'null');
    const back = new URL(manifest?.redirect_url ?? '');
    back.searchParams.set('code', 'a-code');
    back.searchParams.set('state', new URL(route.request().url()).searchParams.get('state') ?? '');
    await route.fulfill({ status: 302, headers: { location: back.href } });
  });
  await page.goto('/connectors/new');
  await page.getByLabel('Organization', { exact: true }).last().fill('octo-app');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: /Create an app at GitHub Copilot/ }).click();

  await expect(page.getByText(/was created, and its key is stored/)).toBeVisible();
  expect(manifest!.default_permissions).toEqual({ organization_copilot_metrics: 'read', organization_copilot_seat_management: 'read' });
  expect(page.url(), 'a code is good once and does not stay in the address').not.toContain('a-code');
  await expect(page.getByRole('link', { name: /Install the app/ })).toHaveAttribute('href', /github\.com\/apps\/.*\/installations\/new/);

  await page.getByRole('button', { name: 'The app is installed: poll now' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'octo-app' })).toBeVisible();
  await expect(page.getByText('Active', { exact: true })).toBeVisible();
  await expect(page.getByText('GitHub App', { exact: true })).toBeVisible();
});

test('a code from another setup is not used', async ({ signedIn: page }) => {
  await page.goto('/connectors/new/app?code=somebody-elses&state=0123');
  await expect(page.getByText('This link does not match a setup started in this browser tab')).toBeVisible();
});
