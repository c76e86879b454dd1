// Sign-in at a real OpenID provider: code flow with PKCE, and API requests with its JWT.
import type { Server } from 'node:http';

import { Provider } from 'oidc-provider';

import { gateway } from '../gateway.ts';
import { GATEWAY as PAGE } from '../place.ts';
import { expect, expectAccessible, test } from './story.ts';

const CLIENT = 'pairmeter-page';
const ISSUER_PORT = 18790;
const ISSUER = `http://127.0.0.1:${ISSUER_PORT}`;

const servers: Server[] = [];
/** The browser's authorization requests. */
const asked: URLSearchParams[] = [];

test.beforeAll(async () => {
  const issuer = new Provider(ISSUER, {
    clients: [
      {
        client_id: CLIENT,
        // A browser cannot keep a secret.
        token_endpoint_auth_method: 'none',
        redirect_uris: [`${PAGE}/signed-in`],
        post_logout_redirect_uris: [`${PAGE}/`],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      },
    ],
    pkce: { required: () => true },
    clientBasedCORS: (_, origin) => origin === PAGE,
    claims: { openid: ['sub'], email: ['email'] },
    conformIdTokenClaims: false,
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@example.com` }) }),
    cookies: { keys: ['only-for-this-test'] },
  });
  issuer.use((context, next) => {
    if (context.path === '/auth') asked.push(new URLSearchParams(context.querystring));
    return next();
  });
  servers.push(issuer.listen(ISSUER_PORT, '127.0.0.1'));
  servers.push(await gateway({ issuer: ISSUER, clientId: CLIENT, port: Number(new URL(PAGE).port) }));
});

test.afterAll(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

test('a user signs in, returns to the requested page, and signs out', async ({ page }) => {
  await page.goto(`${PAGE}/usage?last=7`);
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Sign in' }).click();

  // At the issuer.
  await page.getByPlaceholder(/login/i).fill('head-of-engineering');
  await page.getByPlaceholder(/password/i).fill('anything');
  await page.getByRole('button', { name: /sign-in/i }).click();
  await page.getByRole('button', { name: /continue/i }).click();

  await expect(page.getByRole('heading', { level: 1, name: 'Usage' })).toBeVisible();
  await expect(page).toHaveURL(`${PAGE}/usage?last=7`);
  await expect(page.getByRole('button', { name: /head-of-engineering@example\.com/ })).toBeVisible();
  await expect(page.getByText(/(Provisional from|All values are provisional)/).first()).toBeVisible();
  expect(asked[0]?.get('response_type')).toBe('code');
  expect(asked[0]?.get('code_challenge_method')).toBe('S256');

  await page.getByRole('button', { name: /head-of-engineering@example\.com/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await page.getByRole('button', { name: /yes, sign me out/i }).click();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  expect(await page.evaluate(() => Object.keys(sessionStorage).filter((key) => key.startsWith('oidc.user')))).toEqual([]);
});

test('without a JWT the API refuses every request', async ({ page }) => {
  for (const authorization of ['', 'Bearer not.a.jwt', 'Bearer token-of-the-browser-stories']) {
    const response = await page.request.get(`${PAGE}/v1/connectors`, { headers: { authorization } });
    expect(response.status()).toBe(401);
  }
});
