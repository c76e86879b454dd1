// A new user tries every provider of the sandbox with the page alone.
import { TOKEN } from '../place.ts';
import { expect, test } from './story.ts';

for (const name of ['GitHub Copilot', 'Cursor', 'Claude Console', 'Claude Enterprise', 'OpenAI', 'Codex']) {
  test(`${name}: an invalid key is explained, a valid one is saved`, async ({ signedIn: page }) => {
    await page.goto('/connectors/new');
    await page.getByRole('radio', { name, exact: true }).check();
    await page.getByRole('button', { name: /^Fill in/ }).click();
    await page.getByRole('button', { name: 'Next' }).click();

    await page.getByRole('button', { name: 'Fill in an invalid key' }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await expect(page.getByText('Not connected yet: a check failed')).toBeVisible();
    await expect(page.getByText('To do:').first()).toBeVisible();

    await page.getByRole('button', { name: 'Previous' }).click();
    await page.getByRole('button', { name: 'Fill in a valid key' }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await expect(page.getByText('The connection works')).toBeVisible({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Save connector' }).click();
    await expect(page.getByText(/is connected\. Pairmeter is fetching its history/)).toBeVisible();
    await expect(page).toHaveURL(/\/connectors\/[0-9a-f]+$/);

    // Other stories expect only the demo's connectors.
    const id = new URL(page.url()).pathname.split('/').at(-1);
    await page.goto('/connectors');
    const removed = await page.request.delete(`/v1/connectors/${id}?purge=true`, { headers: { authorization: `Bearer ${TOKEN}` } });
    expect(removed.ok()).toBe(true);
  });
}
