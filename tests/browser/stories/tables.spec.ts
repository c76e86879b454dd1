// Tables that are sorted, searched and paged by the server.
import { readFile } from 'node:fs/promises';

import type { Page } from '@playwright/test';

import { ask, expect, expectAccessible, test } from './story.ts';

interface Seats {
  total: number;
  rows: { subject: { id: string; name: string | null; email: string | null }; person: { id: string; name: string | null } | null; use: string }[];
}

const PROVIDER = 'github-copilot';
const shown = ({ subject: { name, email, id } }: Seats['rows'][number]) => name ?? email ?? id;
const seats = (page: Page) => page.getByRole('table', { name: 'Seats' });
const search = (page: Page) => page.getByRole('searchbox', { name: 'Find by name, e-mail address or id' });

/** The first column without the e-mail address below a name. */
async function names(page: Page): Promise<string[]> {
  const holders = await seats(page).locator('tbody').getByRole('rowheader').allInnerTexts();
  return holders.map((holder) => holder.trim().split('\n')[0]!);
}

/** Clicks the visible header: the sticky header covers the one for screen readers. */
async function clickHeader(page: Page, name: string): Promise<void> {
  await seats(page).getByRole('columnheader', { name }).getByRole('button').click({ force: true });
}

/** Live regions contain the same text. */
const matches = (page: Page, n: number) => page.getByText(`${n} match`).and(page.locator(':not([hidden])'));

/** Collects the page's requests for seats. */
function asked(page: Page): URLSearchParams[] {
  const found: URLSearchParams[] = [];
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname === '/v1/seats') found.push(searchParams);
  });
  return found;
}

test('a column sorts on the server, both ways, by mouse and by keyboard', async ({ signedIn: page }) => {
  const expected = async (order: string) => (await ask<Seats>(page, `/v1/seats?provider=${PROVIDER}&sort=name&order=${order}&limit=25`)).rows.map(shown);
  await page.goto(`/seats?provider=${PROVIDER}`);
  const header = seats(page).getByRole('columnheader', { name: 'Person' });
  await clickHeader(page, 'Person');
  await expect(page).toHaveURL(/sort=name&order=asc/);
  await expect.poll(() => names(page)).toEqual(await expected('asc'));
  await expect(header).toHaveAttribute('aria-sort', 'ascending');
  await header.getByRole('button').press('Enter');
  await expect(page).toHaveURL(/sort=name&order=desc/);
  await expect.poll(() => names(page)).toEqual(await expected('desc'));
  await expect(header).toHaveAttribute('aria-sort', 'descending');
  await page.reload();
  await expect.poll(() => names(page)).toEqual(await expected('desc'));
  await expectAccessible(page);
});

test('the seat with the longest idle time comes first', async ({ signedIn: page }) => {
  const { rows } = await ask<Seats>(page, '/v1/seats?sort=last_activity&order=asc&limit=25');
  await page.goto('/seats');
  await expect.poll(() => names(page)).toEqual(rows.map(shown));
});

test('a search is sent when typing pauses, and is in the address', async ({ signedIn: page }) => {
  const found = await ask<Seats>(page, '/v1/seats?search=er&use=active&sort=last_activity&limit=25');
  expect(found.total).toBeGreaterThan(0);
  const questions = asked(page);
  await page.goto('/seats');
  await expect(seats(page)).toBeVisible();
  await search(page).pressSequentially('er');
  await page.getByRole('button', { name: 'Active', exact: true }).click();
  // The filter was chosen before typing paused. Both apply.
  await expect(page).toHaveURL(/use=active&search=er/);
  await expect(matches(page, found.total)).toBeVisible();
  await expect.poll(() => names(page)).toEqual(found.rows.map(shown));
  // One request, not one per letter.
  expect(questions.filter((one) => one.get('search') === 'e')).toEqual([]);
  await page.reload();
  await expect(search(page)).toHaveValue('er');
  await expect.poll(() => names(page)).toEqual(found.rows.map(shown));
});

test('leaving the page while typing does not navigate back', async ({ signedIn: page }) => {
  await page.goto('/seats');
  await search(page).pressSequentially('er');
  await page.getByRole('link', { name: 'Costs' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Costs' })).toBeVisible();
  await page.waitForLoadState('networkidle');
  await expect(page).toHaveURL(/\/costs$/);
});

test('a search without matches is cleared together with the filter', async ({ signedIn: page }) => {
  await page.goto('/seats?search=no-such-person&use=idle');
  await expect(page.getByText('No matches')).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Clear search and filters' }).click();
  await expect(page).toHaveURL(/\/seats$/);
  await expect(search(page)).toHaveValue('');
  await expect(seats(page).locator('tbody').getByRole('link').first()).toBeVisible();
});

test('a page is fetched when opened, and going back fetches nothing', async ({ signedIn: page }) => {
  const { rows } = await ask<Seats>(page, `/v1/seats?provider=${PROVIDER}&sort=name&order=asc&limit=50`);
  const [first, second] = [rows.slice(0, 25).map(shown), rows.slice(25).map(shown)];
  const questions = asked(page);
  await page.goto(`/seats?provider=${PROVIDER}&sort=name&order=asc`);
  await expect.poll(() => names(page)).toEqual(first);
  expect(questions.map((one) => [one.get('limit'), one.get('cursor')])).toEqual([['25', null]]);
  await page.getByRole('button', { name: 'Next page' }).click();
  await expect.poll(() => names(page)).toEqual(second);
  expect(questions).toHaveLength(2);
  expect(questions[1]?.get('cursor')).not.toBeNull();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Previous page' }).click();
  await expect.poll(() => names(page)).toEqual(first);
  expect(questions).toHaveLength(2);
  // Another order starts at its first page.
  await page.getByRole('button', { name: 'Next page' }).click();
  await clickHeader(page, 'Person');
  await expect(page.getByRole('button', { name: 'Page 1 of Seats' })).toHaveAttribute('aria-current', 'true');
});

test('the file has all matching rows and is fetched on click', async ({ signedIn: page }) => {
  const { total } = await ask<Seats>(page, `/v1/seats?provider=${PROVIDER}&use=active`);
  expect(total).toBeGreaterThan(25);
  const questions = asked(page);
  await page.goto(`/seats?provider=${PROVIDER}&use=active`);
  await expect(seats(page)).toBeVisible();
  const downloading = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Download Seats as CSV' }).click();
  const lines = (await readFile(await (await downloading).path(), 'utf8')).trim().split('\r\n');
  expect(lines).toHaveLength(1 + total);
  expect(questions.map((one) => one.get('limit'))).toEqual(['25', '10000']);
});

test('a table that failed to load keeps its search and can be retried', async ({ signedIn: page }) => {
  const problem = { code: 'store_unavailable', title: 'Unavailable', status: 503, detail: 'the store is not available', request_id: 'r' };
  await page.route(/\/v1\/seats\?.*search=a/, (route) => route.fulfill({ status: 503, json: problem, contentType: 'application/problem+json' }));
  await page.goto('/seats?search=a');
  await expect(page.getByText('The store is not available')).toBeVisible();
  await expect(page.getByText('No matches')).toHaveCount(0);
  await expect(search(page)).toHaveValue('a');
  await expectAccessible(page);
  await page.unrouteAll();
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(seats(page).locator('tbody').getByRole('link').first()).toBeVisible();
});

test('people are sorted and searched by the server', async ({ signedIn: page }) => {
  interface People {
    total: number;
    rows: { id: string; name: string | null; email: string | null }[];
  }
  const table = page.getByRole('table', { name: 'People' });
  const people = () => table.locator('tbody').getByRole('rowheader').getByRole('link').allInnerTexts();
  const most = await ask<People>(page, '/v1/people?sort=active_days&order=desc&limit=25');
  await page.goto('/people');
  await expect.poll(people).toEqual(most.rows.map(({ id, name, email }) => name ?? email ?? id));
  const found = await ask<People>(page, '/v1/people?search=an&sort=active_days&order=desc&limit=25');
  await search(page).fill('an');
  await expect(matches(page, found.total)).toBeVisible();
  await expect.poll(people).toEqual(found.rows.map(({ id, name, email }) => name ?? email ?? id));
  await expectAccessible(page);
});

test('the holder of a seat links to the person', async ({ signedIn: page }) => {
  const { rows } = await ask<Seats>(page, `/v1/seats?provider=${PROVIDER}&sort=last_activity&order=desc&limit=25`);
  const held = rows.find(({ person }) => person !== null)!;
  await page.goto(`/seats?provider=${PROVIDER}&last=90&sort=last_activity&order=desc`);
  await seats(page).getByRole('rowheader').getByRole('link', { name: shown(held), exact: true }).first().click();
  await expect(page).toHaveURL(`/people/${held.person!.id}?last=90&provider=${PROVIDER}`);
  await expect(page.getByRole('table', { name: 'Identities' })).toBeVisible();
});

test('the navigation keeps days and connectors and drops table state', async ({ signedIn: page }) => {
  await page.goto(`/seats?last=90&provider=${PROVIDER}&sort=name&search=a`);
  await expect(page.getByRole('link', { name: 'Seats' })).toHaveAttribute('aria-current', 'page');
  await page.getByRole('link', { name: 'Costs' }).click();
  await expect(page).toHaveURL(`/costs?last=90&provider=${PROVIDER}`);
  await expect(page.getByRole('link', { name: 'Costs' })).toHaveAttribute('aria-current', 'page');
});
