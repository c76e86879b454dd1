// From the printed link to a saved connector with its numbers, and its removal.
import { TOKEN } from '../place.ts';
import { ask, connect, demo, expect, expectAccessible, test } from './story.ts';

test('the printed link signs in, and the token leaves the address', async ({ page }) => {
  await page.goto(`/usage?last=7#token=${TOKEN}`);
  await expect(page.getByRole('heading', { name: 'Usage' })).toBeVisible();
  expect(page.url()).not.toContain(TOKEN);
  expect(page.url()).toContain('/usage?last=7');
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Usage' })).toBeVisible();
});

test('without the link the page asks for a token and rejects a wrong one', async ({ page }) => {
  await page.goto('/connectors');
  await page.getByLabel('Token').fill('a-token-that-is-not-right');
  await page.getByRole('button', { name: 'Enter' }).click();
  // The API refuses the token, so the page asks again.
  await expect(page.getByLabel('Token')).toHaveValue('');
  await page.getByLabel('Token').fill(TOKEN);
  await page.getByRole('button', { name: 'Enter' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Connectors' })).toBeVisible();
});

test('a second organization is connected, shown, and removed', async ({ signedIn: page }) => {
  await page.goto('/');
  await page.getByRole('link', { name: 'Connectors' }).first().click();
  await page.getByRole('link', { name: 'Add connector' }).click();
  await page.getByLabel('Organization', { exact: true }).last().fill('octo-second');
  await page.getByRole('button', { name: 'Next' }).click();

  // The required permissions, and links with the organization.
  await page.getByRole('radio', { name: 'Classic token' }).check();
  await expect(page.getByText('manage_billing:copilot', { exact: true })).toBeVisible();
  const link = page.getByRole('link', { name: /Open the page with all fields filled in/ });
  await expect(link).toHaveAttribute('href', /settings\/tokens\/new\?scopes=read:org,manage_billing:copilot&description=pairmeter-octo-second/);
  await page.getByRole('radio', { name: 'Fine-grained token' }).check();
  await expect(link).toHaveAttribute('href', /personal-access-tokens\/new.*target_name=octo-second/);
  await page.getByLabel('Token', { exact: true }).fill('ghp_second');
  // A pasted classic token switches to the steps for classic tokens.
  await expect(page.getByRole('radio', { name: 'Classic token' })).toBeChecked();
  await page.getByRole('button', { name: 'Next' }).click();

  await expect(page.getByText('The connection works')).toBeVisible();
  // Passed checks are folded into one line below the name.
  await expect(page.getByText('GitHub accepts the token')).toBeHidden();
  await page.getByRole('button', { name: /\d checks passed/ }).click();
  await expect(page.getByText('GitHub accepts the token')).toBeVisible();
  await expect(page.getByRole('table', { name: 'Access granted by this token' })).toContainText('Organization report');
  for (const chart of ['People', 'Completions', 'Chats', 'Pull requests', 'Editors', 'Languages']) {
    await expect(page.getByRole('heading', { name: chart, exact: true })).toBeVisible();
  }
  await page.getByLabel('Name').fill('Second organization');
  await page.getByRole('button', { name: 'Save connector' }).click();

  await expect(page.getByRole('heading', { level: 1, name: 'Second organization' })).toBeVisible();
  await expect(page.getByText('Second organization is connected.')).toBeVisible();
  await expect(page.getByText('Active', { exact: true })).toBeVisible();
  // The history appears while the page is open.
  await expect(page.getByRole('button', { name: /Final/ }).first()).toBeVisible();
  await expect(page.getByText('Succeeded', { exact: true })).toBeVisible();

  await page.goto('/connectors');
  await expect(page.getByRole('row', { name: /Second organization/ })).toContainText('59 days left');

  await page.getByRole('link', { name: 'Second organization' }).click();
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Remove' }).click();
  const remove = page.getByRole('button', { name: 'Remove', exact: true });
  await expect(remove).toBeDisabled();
  await page.getByRole('checkbox', { name: 'Also delete the history' }).check();
  await page.getByLabel('Type Second organization to confirm').fill('Second organization');
  await remove.click();
  await expect(page.getByText('Second organization was removed.')).toBeVisible();
  const { connectors } = await ask<{ connectors: { name: string }[] }>(page, '/v1/connectors');
  expect(connectors.map(({ name }) => name)).not.toContain('Second organization');
});

test('the wizard works by keyboard in less than two minutes', async ({ signedIn: page }) => {
  const started = Date.now();
  await page.goto('/connectors/new');
  const slug = page.getByLabel('Organization', { exact: true }).last();
  await slug.focus();
  await page.keyboard.type('octo-keyboard');
  const pressOn = async (name: string) => {
    const button = page.getByRole('button', { name });
    for (let tabs = 0; tabs < 40 && !(await button.evaluate((it) => it === document.activeElement)); tabs += 1) await page.keyboard.press('Tab');
    await expect(button).toBeFocused();
    await page.keyboard.press('Enter');
  };
  await pressOn('Next');
  const token = page.getByLabel('Token', { exact: true });
  await expect(token).toBeVisible();
  for (let tabs = 0; tabs < 40 && !(await token.evaluate((it) => it === document.activeElement)); tabs += 1) await page.keyboard.press('Tab');
  await page.keyboard.type('github_pat_keyboard');
  await pressOn('Next');
  await expect(page.getByText('The connection works')).toBeVisible();
  await pressOn('Save connector');
  await expect(page.getByRole('heading', { level: 1, name: 'octo-keyboard' })).toBeVisible();
  expect(Date.now() - started).toBeLessThan(120_000);
});

test('missing values are reported before any request', async ({ signedIn: page }) => {
  await page.goto('/connectors/new');
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByText('The name is required')).toBeVisible();
  await page.getByLabel('Organization', { exact: true }).last().fill('octo-empty');
  await page.getByRole('button', { name: 'Next' }).click();
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByText('Token is required')).toBeVisible();
});

test('an account that is already connected links to its connector', async ({ signedIn: page }) => {
  const { id } = await demo(page);
  await page.goto('/connectors/new');
  await page.getByLabel('Organization', { exact: true }).last().fill('Octodemo');
  await expect(page.getByText('octodemo is already connected.')).toBeVisible();
  await page.getByRole('button', { name: 'Next' }).click();
  // The wizard stays on this step.
  await expect(page.getByLabel('Token', { exact: true })).toBeHidden();
  await expectAccessible(page);
  await page.getByRole('link', { name: 'Open Octodemo to rotate its token' }).click();
  await expect(page).toHaveURL(new RegExp(`/connectors/${id}$`));
});

test('the name is taken from a pasted address and checked at once', async ({ signedIn: page }) => {
  await page.goto('/connectors/new');
  const name = page.getByLabel('Organization', { exact: true }).last();
  await name.fill('https://github.com/orgs/octo-pasted/people');
  await expect(name).toHaveValue('octo-pasted');
  await expect(page.getByText('Using octo-pasted from the address you pasted.')).toBeVisible();
  await name.fill('acme corp!');
  await page.getByRole('button', { name: 'Next' }).click();
  await expect(page.getByText('Use only letters, digits, “-”, “_” and “.”')).toBeVisible();
  await expect(page.getByLabel('Token', { exact: true })).toBeHidden();
});

test('two connectors cannot have the same name', async ({ signedIn: page }) => {
  await connect(page, { slug: 'octo-name', token: 'ghp_name' });
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Edit settings' }).click();
  await page.getByLabel('Name', { exact: true }).fill('octodemo');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('A connector with the name Octodemo exists already; choose another name')).toBeVisible();
});

test('team membership of a connector is changed from daily to once', async ({ signedIn: page }) => {
  await connect(page, { slug: 'octo-sync', token: 'ghp_sync' });
  const membership = page.locator('dl > div, dl').filter({ hasText: 'Team membership' }).last();
  await expect(membership).toContainText('Every day');
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Edit settings' }).click();
  await expect(page.getByRole('radio', { name: 'Every day' })).toBeChecked();
  await page.getByRole('radio', { name: 'Once' }).check();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.reload();
  await expect(membership).toContainText('Once');
  const id = new URL(page.url()).pathname.split('/').at(-1)!;
  expect((await ask<{ team_sync: string }>(page, `/v1/connectors/${id}`)).team_sync).toBe('once');
});

test('a connector is paused, resumed and polled', async ({ signedIn: page }) => {
  await connect(page, { slug: 'octo-paused', token: 'ghp_paused' });
  await expect(page.getByText('Succeeded', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Pause' }).click();
  await expect(page.getByText('Paused', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Resume' }).click();
  await expect(page.getByText('Active', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Poll now' }).click();
  await expect(page.getByText('A poll is requested')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Poll now' })).toBeEnabled();
});
