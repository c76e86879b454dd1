// A token that expires soon is rotated. An invalid token does not replace it.
import { connect, expect, test } from './story.ts';

test('a token is rotated after the new one is verified', async ({ signedIn: page }) => {
  await connect(page, { slug: 'octo-rotate', way: 'Classic token', token: 'ghp_soon' });
  await expect(page.getByText('4 days left')).toBeVisible();

  await page.getByRole('button', { name: 'Rotate token' }).click();
  await page.getByLabel('Token', { exact: true }).fill('ghp_dead');
  await page.getByRole('button', { name: 'Verify and use' }).click();
  await expect(page.getByText('The old token stays in use', { exact: true })).toBeVisible();
  await expect(page.getByText('GitHub accepts the token')).toBeVisible();

  await page.getByLabel('Token', { exact: true }).fill('ghp_fresh');
  await page.getByRole('button', { name: 'Verify and use' }).click();
  await expect(page.getByText('The new token is in use')).toBeVisible();
  await expect(page.getByText('59 days left')).toBeVisible();
});
