// People and teams: each person counts once over all connectors and is found by any identity. Teams link to people.
import { ask, expect, joined, someTeam, test } from './story.ts';

test('people are counted once over all connectors', async ({ signedIn: page }) => {
  const active = async (by = '') => (await ask<{ rows: { active: number | null }[] }>(page, `/v1/active-people?interval=total${by}`)).rows.map((row) => row.active ?? 0);
  const [before] = await active();
  // Some people use several assistants, so the sum over assistants is too high.
  expect((await active('&by=provider')).reduce((sum, one) => sum + one, 0)).toBeGreaterThan(before!);
  await page.goto('/');
  const shown = page.locator('dd, div').filter({ hasText: /^\d+each person counted once/ }).last();
  await expect(shown).toBeVisible({ timeout: 45_000 });
  // While the first poll runs there may be more people.
  const number = Number.parseInt(await shown.innerText(), 10);
  expect(number).toBeGreaterThanOrEqual(before!);
  expect(number).toBeLessThanOrEqual((await active())[0]!);
  await expect(page.getByText(/counted twice/)).toHaveCount(0);
  await expect(page.getByText('once in “Any assistant”')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Any assistant' }).or(page.getByText('Any assistant', { exact: true })).first()).toBeVisible();
});

test('a person is found by the id of any identity, also after a reload', async ({ signedIn: page }) => {
  const { id, name, identities } = await joined(page);
  const other = identities.find((one) => one.id !== id)!;
  await page.goto(`/people/${other.id}`);
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  const table = page.getByRole('table', { name: 'Identities' });
  await expect(table.getByRole('row')).toHaveCount(identities.length + 1);
  await expect(table).toContainText('First identity of the person');
  await expect(table.getByText(/^Same e-mail address as /)).toHaveCount(identities.length - 1);
});

test('each assistant of a person has separate panels', async ({ signedIn: page }) => {
  const { id } = await joined(page);
  interface Rows {
    rows: { provider: string; metrics: { tokens_in: number | null } }[];
  }
  const { rows } = await ask<Rows>(page, `/v1/tokens?person=${id}&interval=total`);
  const reporting = new Set(rows.filter(({ metrics }) => metrics.tokens_in !== null).map(({ provider }) => provider));
  await page.goto(`/people/${id}`);
  await expect(page.getByRole('button', { name: /^Download .*: tokens as CSV$/ })).toHaveCount(reporting.size);
});

test('a failed query of a person hides no panel of another query', async ({ signedIn: page }) => {
  const { id } = await joined(page);
  const problem = { code: 'store_unavailable', title: 'Unavailable', status: 503, detail: 'the store is not available', request_id: 'r' };
  await page.route(/\/v1\/costs\?.*person=/, (route) => route.fulfill({ status: 503, json: problem, contentType: 'application/problem+json' }));
  await page.goto(`/people/${id}`);
  await expect(page.getByText('This panel could not be loaded')).toHaveCount(1);
  await expect(page.getByRole('button', { name: /^Download .*: activity as CSV$/ }).first()).toBeVisible();
  await expect(page.getByRole('button', { name: /^Download .*: cost as CSV$/ })).toHaveCount(0);
  await page.unrouteAll();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('button', { name: /^Download .*: cost as CSV$/ }).first()).toBeVisible();
});

test('teams link to a team, and its people link to a person', async ({ signedIn: page }) => {
  await page.goto('/teams?last=7&sort=people&order=desc');
  const table = page.getByRole('table', { name: 'Teams' });
  await expect(page.getByText(/A person in several teams counts in each team/)).toBeVisible();
  const team = table.getByRole('row').nth(1).getByRole('link').first();
  const name = await team.innerText();
  await team.click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  // The link keeps the days and drops the order of the table.
  expect(page.url()).toMatch(/\/teams\/[^?]+\?last=7$/);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  const person = page.getByRole('table', { name: 'People' }).getByRole('link').first();
  const who = await person.innerText();
  await person.click();
  await expect(page.getByRole('heading', { level: 1, name: who })).toBeVisible();
});

test('the server answers a search for teams', async ({ signedIn: page }) => {
  const { name } = await someTeam(page);
  const { total } = await ask<{ total: number }>(page, `/v1/teams?search=${encodeURIComponent(name)}&limit=1`);
  await page.goto(`/teams?search=${encodeURIComponent(name)}`);
  await expect(page.getByRole('table', { name: 'Teams' }).getByRole('row')).toHaveCount(total + 1);
  await page.goto('/teams?search=no-such-team');
  await expect(page.getByText('No matches')).toBeVisible();
});

test('without teams the page explains where they come from', async ({ signedIn: page }) => {
  await page.route(/\/v1\/teams\?/, (route) => route.fulfill({ json: { rows: [], next_cursor: null, total: 0 } }));
  await page.goto('/teams');
  await expect(page.getByText('No teams yet')).toBeVisible();
  await expect(page.getByText(/Connectors add the teams/)).toBeVisible();
  await expect(page.getByText(/the mapping file\.$/).last()).toBeVisible();
});

test('an unknown person or team is not an error of the page', async ({ signedIn: page }) => {
  await page.goto('/people/00000000000000000000');
  await expect(page.getByRole('heading', { level: 1, name: 'Person not found' })).toBeVisible();
  await page.goto('/teams/%40no-such-team');
  await expect(page.getByRole('heading', { level: 1, name: 'Team not found' })).toBeVisible();
  await expect(page.getByText('This panel could not be loaded')).toHaveCount(0);
});

test('each person has one row of costs, which links to the person', async ({ signedIn: page }) => {
  await page.goto('/costs');
  const choice = page.getByRole('toolbar', { name: 'Show By person as' });
  await choice.getByRole('button', { name: 'Table' }).click();
  const table = page.getByRole('table', { name: 'By person' });
  const names = (await table.getByRole('rowheader').allInnerTexts()).filter((name) => name !== 'Unattributed');
  expect(new Set(names).size).toBe(names.length);
  await table.getByRole('link').first().click();
  await expect(page).toHaveURL(/\/people\/[0-9a-f]{20}$/);
  await expect(page.getByRole('table', { name: 'Identities' })).toBeVisible();
});
