// People and teams: each person once over all connectors, found by any account; teams from the list to the person.
import { ask, expect, joined, someTeam, test } from './story.ts';

test('people are counted once over all connectors', async ({ signedIn: page }) => {
  const active = async (by = '') => (await ask<{ rows: { active: number | null }[] }>(page, `/v1/active-people?interval=total${by}`)).rows.map((row) => row.active ?? 0);
  const [before] = await active();
  // Some use several: the sum of the assistants is no number of people.
  expect((await active('&by=provider')).reduce((sum, one) => sum + one, 0)).toBeGreaterThan(before!);
  await page.goto('/');
  const shown = page.locator('dd, div').filter({ hasText: /^\d+each counted once over all connectors$/ }).last();
  await expect(shown).toBeVisible({ timeout: 45_000 });
  // While history is fetched there may be more of them.
  const number = Number.parseInt(await shown.innerText(), 10);
  expect(number).toBeGreaterThanOrEqual(before!);
  expect(number).toBeLessThanOrEqual((await active())[0]!);
  await expect(page.getByText(/counted twice/)).toHaveCount(0);
  await expect(page.getByText('once in the line of any assistant')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Any assistant' }).or(page.getByText('Any assistant', { exact: true })).first()).toBeVisible();
});

test('a person is found by the id of any account, and survives a reload', async ({ signedIn: page }) => {
  const { id, name, identities } = await joined(page);
  const other = identities.find((one) => one.id !== id)!;
  await page.goto(`/people/${other.id}`);
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  const table = page.getByRole('table', { name: 'Identities' });
  await expect(table.getByRole('row')).toHaveCount(identities.length + 1);
  await expect(table).toContainText('Seen first');
  await expect(table.getByText(/^Same e-mail address as /)).toHaveCount(identities.length - 1);
});

test('each assistant of a person has panels of its own', async ({ signedIn: page }) => {
  const { id } = await joined(page);
  interface Rows {
    rows: { provider: string; metrics: { tokens_in: number | null } }[];
  }
  const { rows } = await ask<Rows>(page, `/v1/tokens?person=${id}&interval=total`);
  const reporting = new Set(rows.filter(({ metrics }) => metrics.tokens_in !== null).map(({ provider }) => provider));
  await page.goto(`/people/${id}`);
  await expect(page.getByRole('button', { name: /^Download .*: tokens as CSV$/ })).toHaveCount(reporting.size);
});

test('from the teams to a team, and from its people to a person', async ({ signedIn: page }) => {
  await page.goto('/teams?last=7&sort=people&order=desc');
  const table = page.getByRole('table', { name: 'Teams' });
  await expect(page.getByText(/A person in several teams counts in each of them/)).toBeVisible();
  const team = table.getByRole('row').nth(1).getByRole('link').first();
  const name = await team.innerText();
  await team.click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  // The days are kept, the order of the table is not.
  expect(page.url()).toMatch(/\/teams\/[^?]+\?last=7$/);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  const person = page.getByRole('table', { name: 'People' }).getByRole('link').first();
  const who = await person.innerText();
  await person.click();
  await expect(page.getByRole('heading', { level: 1, name: who })).toBeVisible();
});

test('a search for teams is answered by the server', async ({ signedIn: page }) => {
  const { name } = await someTeam(page);
  const { total } = await ask<{ total: number }>(page, `/v1/teams?search=${encodeURIComponent(name)}&limit=1`);
  await page.goto(`/teams?search=${encodeURIComponent(name)}`);
  await expect(page.getByRole('table', { name: 'Teams' }).getByRole('row')).toHaveCount(total + 1);
  await page.goto('/teams?search=no-such-team');
  await expect(page.getByText('Nothing matches')).toBeVisible();
});

test('without teams the page says how they come', async ({ signedIn: page }) => {
  await page.route(/\/v1\/teams\?/, (route) => route.fulfill({ json: { rows: [], next_cursor: null, total: 0 } }));
  await page.goto('/teams');
  await expect(page.getByText('No team is known yet')).toBeVisible();
  await expect(page.getByText(/Teams come from a connector/)).toBeVisible();
  await expect(page.getByText(/the mapping file\.$/).last()).toBeVisible();
});

test('a person or a team that does not exist is no error of the page', async ({ signedIn: page }) => {
  await page.goto('/people/00000000000000000000');
  await expect(page.getByRole('heading', { level: 1, name: 'There is no such person' })).toBeVisible();
  await page.goto('/teams/%40no-such-team');
  await expect(page.getByRole('heading', { level: 1, name: 'There is no such team' })).toBeVisible();
  await expect(page.getByText('This part could not be loaded')).toHaveCount(0);
});

test('people of a cost have one row each, which leads to the person', async ({ signedIn: page }) => {
  await page.goto('/costs');
  const choice = page.getByRole('toolbar', { name: 'Show By person as' });
  await choice.getByRole('button', { name: 'Table' }).click();
  const table = page.getByRole('table', { name: 'By person' });
  const names = (await table.getByRole('rowheader').allInnerTexts()).filter((name) => name !== 'Not attributable to a person');
  expect(new Set(names).size).toBe(names.length);
  await table.getByRole('link').first().click();
  await expect(page).toHaveURL(/\/people\/[0-9a-f]{20}$/);
  await expect(page.getByRole('table', { name: 'Identities' })).toBeVisible();
});
