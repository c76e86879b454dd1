// Identities: the mapping file with dry run and faults, and links that an operator breaks.
import type { Page } from '@playwright/test';

import { TOKEN } from '../place.ts';
import { ask, expect, expectAccessible, test } from './story.ts';

const AUTHORIZED = { authorization: `Bearer ${TOKEN}` };
const HEADER = 'person,name,provider,identity,team,from,to';
const EMPTY = `${HEADER}\r\n`;

interface Identity {
  id: string;
  provider: string;
  subject: string;
}

interface Identities {
  total: number;
  rows: (Identity & { name: string | null; email: string | null })[];
}

const mapping = async (page: Page) => (await page.request.get('/v1/identities/mapping?format=csv', { headers: AUTHORIZED })).text();

async function replaceMapping(page: Page, content: string): Promise<void> {
  const response = await page.request.put('/v1/identities', { headers: { ...AUTHORIZED, 'content-type': 'text/csv' }, data: content });
  expect(response.ok(), await response.text()).toBe(true);
}

async function decide(page: Page, one: string, other: string, verdict: string): Promise<void> {
  const response = await page.request.put('/v1/identities/links', { headers: AUTHORIZED, data: { one, other, verdict } });
  expect(response.ok(), await response.text()).toBe(true);
}

const upload = (page: Page, content: string) =>
  page.locator('input[type="file"]').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(content) });

const personOf = (page: Page, identity: Pick<Identity, 'id'>) => ask<{ id: string; name: string | null }>(page, `/v1/people/${identity.id}`);

test.describe('the mapping file', () => {
  test.afterEach(async ({ page }) => replaceMapping(page, EMPTY));

  test('shows its changes first, and joins people when applied', async ({ signedIn: page }) => {
    const { rows } = await ask<Identities>(page, '/v1/identities?status=unmatched&limit=2');
    const [one, other] = [rows[0]!, rows[1]!];
    await page.goto('/identities');
    const row = ({ provider, subject }: Identity, more: string) => `story@octo.example,${more},${provider},${subject},story-team,,`;
    await upload(page, [HEADER, row(one, 'Story Person'), row(other, 'Story Person'), ''].join('\r\n'));

    await expect(page.getByText('Joined: 1 person')).toBeVisible();
    await page.getByRole('button', { name: /^Teams with changed members/ }).click();
    await expect(page.getByText('story-team: 1 person, before 0')).toBeVisible();
    await expectAccessible(page);
    // A dry run stores nothing.
    expect((await mapping(page)).trim()).toBe(HEADER);
    expect((await personOf(page, one)).id).not.toBe((await personOf(page, other)).id);

    await page.getByRole('button', { name: 'Apply' }).click();
    await expect(page.getByText('The mapping file is stored: 1 person.')).toBeVisible();
    const [joinedOne, joinedOther] = [await personOf(page, one), await personOf(page, other)];
    expect([joinedOne.id, joinedOne.name]).toEqual([joinedOther.id, 'Story Person']);

    // The table has the link, and its reason.
    const table = page.getByRole('table', { name: 'All identities' });
    await page.getByRole('searchbox').fill('Story Person');
    await expect(table.getByText('Mapping file ·').first()).toBeVisible();
    await table.getByRole('link', { name: 'Story Person' }).first().click();
    await expect(page.getByRole('heading', { level: 1, name: 'Story Person' })).toBeVisible();
    await expect(page.getByRole('table', { name: 'Identities' }).getByText(/in the mapping file/).first()).toBeVisible();
  });

  test('with faults is rejected with all faults by line', async ({ signedIn: page }) => {
    await replaceMapping(page, `${HEADER}\r\nkept@octo.example,Kept,,kept-login,,,\r\n`);
    const before = await mapping(page);
    await page.goto('/identities');
    await upload(page, [HEADER, ',,,login,,,', 'a@octo.example,A,no-provider,login,,,', 'b@octo.example,,,,core,2026-02-01,2026-01-01', ''].join('\r\n'));
    await expect(page.getByText(/^The file has 3 faults/)).toBeVisible();
    const faults = page.getByRole('table', { name: 'What to correct' }).locator('tbody').getByRole('row');
    await expect(faults).toHaveCount(3);
    const cells = await faults.evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('td, th')].slice(0, 2).map((cell) => cell.textContent)));
    expect(cells).toEqual([['2', 'person'], ['3', 'provider'], ['4', 'from']]);
    await expect(page.getByRole('button', { name: 'Apply' })).toHaveCount(0);
    await expectAccessible(page);
    expect(await mapping(page)).toBe(before);
  });
});

test('identities are searched, filtered and paged by the server', async ({ signedIn: page }) => {
  const all = await ask<Identities>(page, '/v1/identities?provider=codex&limit=25');
  const questions: URLSearchParams[] = [];
  page.on('request', (request) => {
    const { pathname, searchParams } = new URL(request.url());
    if (pathname === '/v1/identities' && searchParams.get('limit') === '25') questions.push(searchParams);
  });
  await page.goto('/identities?provider=codex');
  const rows = page.getByRole('table', { name: 'All identities' }).locator('tbody').getByRole('row');
  await expect(rows).toHaveCount(Math.min(25, all.total));
  await page.getByRole('list', { name: 'Pages of All identities' }).getByRole('button', { name: 'Next page' }).click();
  await expect.poll(() => questions.length).toBe(2);
  expect(questions.map((one) => one.get('provider'))).toEqual(['codex', 'codex']);
  expect(questions[1]?.get('cursor')).not.toBeNull();
  await page.getByRole('searchbox').fill('no-such-identity');
  await expect(page.getByText('No matches')).toBeVisible();
  await expect(page).toHaveURL(/search=no-such-identity/);
  await page.getByRole('button', { name: 'Clear search and filters' }).click();
  await expect(page).toHaveURL(/\/identities$/);
  await expect(rows).toHaveCount(25);
});

interface Detail {
  id: string;
  name: string | null;
  identities: (Identity & { name: string | null })[];
}

/** A person whose first identity and another one can be decided about: identities of a first poll can only after it has finished. */
async function separable(page: Page): Promise<{ person: Detail; other: Detail['identities'][number] } | null> {
  const known = new Set((await ask<Identities>(page, '/v1/identities?limit=10000')).rows.map(({ id }) => id));
  const { rows } = await ask<{ rows: { id: string; name: string | null; providers: string[] }[] }>(page, '/v1/people?limit=50&sort=active_days&order=desc');
  for (const { id } of rows.filter(({ name, providers }) => name !== null && providers.length > 1)) {
    const person = await ask<Detail>(page, `/v1/people/${id}`);
    const [first, ...others] = person.identities;
    const other = others.find((identity) => known.has(identity.id));
    if (known.has(first!.id) && other !== undefined) return { person, other };
  }
  return null;
}

test('an identity that is not this person stays separated after a reload', async ({ signedIn: page }) => {
  test.setTimeout(120_000);
  let found: Awaited<ReturnType<typeof separable>> = null;
  await expect.poll(async () => (found = await separable(page)), { timeout: 60_000, intervals: [3_000] }).not.toBeNull();
  const { person, other } = found!;
  const first = person.identities[0]!;
  const { providers } = await ask<{ providers: { id: string; name: string }[] }>(page, '/v1/providers');
  const assistant = providers.find(({ id }) => id === other.provider)!.name;
  const button = page.getByRole('button', { name: `Not this person: ${other.name ?? other.subject} (${assistant})`, exact: true });
  try {
    await page.goto(`/people/${person.id}`);
    await button.click();
    const dialog = page.getByRole('dialog', { name: 'Not this person' });
    await expect(dialog.getByText(/becomes a separate person/)).toBeVisible();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Separate' }).click();
    await expect(page.getByText(/are different people\.$/)).toBeVisible();
    await expect(button).toHaveCount(0);

    await page.goto(`/people/${first.id}`);
    await page.reload();
    await expect(page.getByRole('heading', { level: 1, name: person.name! })).toBeVisible();
    await expect(page.getByRole('table', { name: 'Identities' })).toBeVisible();
    await expect(button).toHaveCount(0);
    expect((await personOf(page, other)).id).not.toBe((await personOf(page, first)).id);
  } finally {
    await decide(page, first.id, other.id, 'undecided');
  }
  expect((await personOf(page, other)).id).toBe((await personOf(page, first)).id);
});
