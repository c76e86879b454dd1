// Every page in both themes and on a phone: accessible, without console errors, with the numbers of the API.
import { readFile } from 'node:fs/promises';

import { ask, demo, expect, expectAccessible, joined, LOOKS, someTeam, test } from './story.ts';

const PAGES: [path: string, heading: string][] = [
  ['/', 'Overview'],
  ['/usage', 'Usage'],
  ['/breakdowns', 'Breakdowns'],
  ['/breakdowns?by=editor', 'Breakdowns'],
  ['/breakdowns?split=team', 'Breakdowns'],
  ['/pull-requests', 'Pull requests'],
  ['/costs', 'Costs'],
  ['/costs?by=team', 'Costs'],
  ['/tokens', 'Tokens'],
  ['/people', 'People'],
  ['/teams', 'Teams'],
  ['/seats', 'Seats'],
  ['/identities', 'Identities'],
  ['/connectors', 'Connectors'],
  ['/connectors/new', 'Add connector'],
  ['/nothing-here', 'Page not found'],
];

for (const { name, ...how } of LOOKS) {
  test.describe(name, () => {
    test.use(how);
    for (const [path, heading] of PAGES) {
      test(`${path} is accessible`, async ({ signedIn: page }) => {
        await page.goto(path);
        await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible();
        await page.waitForLoadState('networkidle');
        await expectAccessible(page);
        // No content is wider than the screen.
        expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
      });
    }

    test('a person is accessible', async ({ signedIn: page }) => {
      const { id, name } = await joined(page);
      await page.goto(`/people/${id}`);
      await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
      await expect(page.getByRole('table', { name: 'Identities' })).toBeVisible();
      await page.waitForLoadState('networkidle');
      await expectAccessible(page);
      expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
    });

    for (const tab of ['people', 'usage', 'tokens', 'costs', 'seats']) {
      test(`a team's ${tab} is accessible`, async ({ signedIn: page }) => {
        const { address, name } = await someTeam(page);
        await page.goto(`/teams/${address}?tab=${tab}`);
        await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
        await page.waitForLoadState('networkidle');
        await expectAccessible(page);
        expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
      });
    }

    test('a connector is accessible', async ({ signedIn: page }) => {
      await page.goto('/connectors');
      await page.getByRole('link', { name: 'Octodemo', exact: true }).last().click();
      await expect(page.getByRole('button', { name: /Final/ }).first()).toBeVisible();
      await expectAccessible(page);
    });
  });
}

test('a person is one click away and keeps the filters', async ({ signedIn: page }) => {
  await page.goto('/people?last=7');
  const first = page.getByRole('table', { name: 'People' }).getByRole('link').first();
  const name = await first.innerText();
  await first.click();
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible();
  expect(page.url()).toMatch(/\/people\/[^/?]+\?last=7$/);
  await expectAccessible(page);
});

test('an address with a dot in it is a page of the app', async ({ signedIn: page }) => {
  await page.goto('/nothing.here');
  await expect(page.getByRole('heading', { level: 1, name: 'Page not found' })).toBeVisible();
});

test('a failed request is an error with a retry in its own panel only', async ({ signedIn: page }) => {
  const problem = { code: 'store_unavailable', title: 'Unavailable', status: 503, detail: 'the store is not available', request_id: 'r' };
  await page.route(/\/v1\/costs\?.*by=model/, (route) => route.fulfill({ status: 503, json: problem, contentType: 'application/problem+json' }));
  await page.goto('/costs');
  await expect(page.getByText('This panel could not be loaded')).toHaveCount(1);
  await expect(page.getByText('The store is not available')).toBeVisible();
  await expect(page.getByText('The provider does not report this')).toHaveCount(0);
  await expect(page.getByRole('toolbar', { name: 'Show By person as' })).toBeVisible();
  await expectAccessible(page);
  await page.unrouteAll();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByText('This panel could not be loaded')).toHaveCount(0);
});

test('one banner reports an unreachable Pairmeter and disappears by itself', async ({ signedIn: page }) => {
  await page.goto('/people');
  await expect(page.getByRole('table', { name: 'People' })).toBeVisible();
  await page.route('**/v1/**', (route) => route.abort('connectionrefused'));
  await page.getByRole('link', { name: 'Costs' }).click();
  await expect(page.getByText(/Pairmeter does not answer\. Last loaded \d\d:\d\d UTC\./)).toHaveCount(1);
  await expect(page.getByText('Not loaded yet: Pairmeter does not answer.').first()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Try again' })).toHaveCount(1);
  await expectAccessible(page);
  await page.unrouteAll();
  await expect(page.getByText(/Pairmeter does not answer/)).toHaveCount(0);
  await expect(page.getByRole('table').or(page.getByRole('application')).first()).toBeVisible();
});

test('filters are in the address and survive a reload', async ({ signedIn: page }) => {
  await page.goto('/usage');
  await page.getByRole('button', { name: 'Week' }).click();
  await expect(page).toHaveURL(/interval=week/);
  await page.getByLabel('Connector').click();
  await page.getByRole('option', { name: /GitHub Copilot · octodemo/ }).click();
  await expect(page).toHaveURL(/connector=\w+/);
  await page.reload();
  await expect(page.getByRole('button', { name: 'Week' })).toHaveAttribute('aria-pressed', 'true');
});

interface Rows {
  rows: { day: string; metrics: Record<string, number | null>; provisional: boolean }[];
}

test('the table and the file of a chart have the numbers of the API', async ({ signedIn: page }) => {
  const { id } = await demo(page);
  const { rows } = await ask<Rows>(page, `/v1/usage?connector=${id}`);
  await page.goto(`/usage?connector=${id}`);
  const panel = page.getByRole('toolbar', { name: 'Show Chat and agents as' });
  await expect(panel).toBeVisible();

  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download Chat and agents as CSV' }).click();
  const file = await readFile(await (await downloading).path(), 'utf8');
  const lines = file.trim().split('\r\n');
  expect(lines[0]).toBe('period,Chat turns,Agent requests,state');
  expect(lines).toHaveLength(29);
  for (const { day, metrics, provisional } of rows) {
    const line = lines.find((one) => one.startsWith(day));
    expect(line).toBe(`${day},${metrics.chat_turns},${metrics.agent_requests},${provisional ? 'provisional: may still change' : ''}`);
  }

  await panel.getByRole('button', { name: 'Table' }).click();
  await expect(page.getByRole('table', { name: 'Chat and agents' }).getByRole('row')).toHaveCount(29);
  await expect(page.getByRole('table', { name: 'Chat and agents' })).toContainText('provisional');
});

test('days without stored data are gaps and are explained', async ({ signedIn: page }) => {
  const { id } = await demo(page);
  await page.goto(`/usage?last=120&connector=${id}`);
  await expect(page.getByText(/Gaps: no data is stored for \d+ of/).first()).toBeVisible();
  await page.goto(`/usage?from=2025-12-20&to=2025-12-30&connector=${id}`);
  await expect(page.getByText('The provider does not report this').or(page.getByText('No data is stored for these days')).first()).toBeVisible();
});

test('the calendar shows a day by mouse and by keyboard', async ({ signedIn: page }) => {
  await page.goto('/connectors');
  await page.getByRole('link', { name: 'Octodemo', exact: true }).last().click();
  const day = page.getByRole('button', { name: /Final/ }).first();
  await day.click();
  await expect(page.getByText(/Activity: final, \d+ rows, revision \d+, fetched .* UTC/)).toBeVisible();
  await page.keyboard.press('ArrowRight');
  await expect(page.locator('[data-day]:focus')).toHaveAttribute('aria-pressed', 'true');
});

test('a theme is chosen and survives a reload', async ({ signedIn: page }) => {
  const background = () => page.evaluate(() => document.documentElement.style.colorScheme);
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect.poll(background).toBe('light');
  await page.getByRole('button', { name: 'Theme' }).first().click();
  await page.getByText('Dark', { exact: true }).click();
  await expect.poll(background).toBe('dark');
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect.poll(background).toBe('dark');
});
