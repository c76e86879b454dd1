// A small stand-in for API Gateway: the page is public, the API needs a JWT of the issuer.
import { createPublicKey, verify } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

import { ADDRESS, TOKEN } from './place.ts';

interface Settings {
  issuer: string;
  clientId: string;
  port: number;
}

interface Claims {
  iss: string;
  aud: string;
  exp: number;
}

/** Checks signature, issuer, audience and expiry of an RS256 token, as API Gateway does. */
async function isGood(jwt: string, { issuer, clientId }: Settings): Promise<boolean> {
  const [head, body, signature] = jwt.split('.');
  if (head === undefined || body === undefined || signature === undefined) return false;
  const decoded = <T>(part: string) => JSON.parse(Buffer.from(part, 'base64url').toString()) as T;
  const { kid, alg } = decoded<{ kid: string; alg: string }>(head);
  const { keys } = (await (await fetch(`${issuer}/jwks`)).json()) as { keys: (JsonWebKey & { kid: string })[] };
  const key = keys.find((one) => one.kid === kid);
  if (key === undefined || alg !== 'RS256') return false;
  const isSigned = verify('sha256', Buffer.from(`${head}.${body}`), createPublicKey({ key: { ...key }, format: 'jwk' }), Buffer.from(signature, 'base64url'));
  const { iss, aud, exp } = decoded<Claims>(body);
  return isSigned && iss === issuer && aud === clientId && exp * 1000 > Date.now();
}

async function answer(request: IncomingMessage, response: ServerResponse, settings: Settings): Promise<void> {
  const path = request.url ?? '/';
  if (path === '/admin/settings.json') {
    const { issuer, clientId } = settings;
    const sign_in = { kind: 'oidc', issuer, client_id: clientId, scope: 'openid email', bearer: 'id_token' };
    response.setHeader('content-type', 'application/json').end(JSON.stringify({ sign_in }));
    return;
  }
  const headers: Record<string, string> = {};
  if (path.startsWith('/v1/')) {
    const jwt = request.headers.authorization?.replace(/^Bearer /, '') ?? '';
    // An unreadable token is invalid.
    if (!(await isGood(jwt, settings).catch(() => false))) {
      response.writeHead(401, { 'content-type': 'application/json' }).end('{"message":"Unauthorized"}');
      return;
    }
    headers.authorization = `Bearer ${TOKEN}`;
  }
  const passed = await fetch(ADDRESS + path, { method: request.method ?? 'GET', headers });
  response.statusCode = passed.status;
  for (const name of ['content-type', 'cache-control', 'referrer-policy', 'cross-origin-opener-policy']) {
    const value = passed.headers.get(name);
    if (value !== null) response.setHeader(name, value);
  }
  const policy = passed.headers.get('content-security-policy');
  // As the admin function writes it for an issuer (tests/page.rs).
  if (policy !== null) response.setHeader('content-security-policy', policy.replace("connect-src 'self'", `connect-src 'self' ${settings.issuer}`));
  response.end(Buffer.from(await passed.arrayBuffer()));
}

export function gateway(settings: Settings): Promise<Server> {
  const server = createServer((request, response) => {
    answer(request, response, settings).catch((error: unknown) => response.writeHead(500).end(String(error)));
  });
  return new Promise((resolve) => server.listen(settings.port, '127.0.0.1', () => resolve(server)));
}
