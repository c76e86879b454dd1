import { ADDRESS, TOKEN } from './place.ts';

const PATIENCE_MS = 240_000;

interface Page {
  connectors: { last_poll: unknown }[];
}

/** The demo's history is there before any story begins. */
export default async function ready(): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    const response = await fetch(`${ADDRESS}/v1/connectors`, { headers: { authorization: `Bearer ${TOKEN}` } });
    const { connectors } = (await response.json()) as Page;
    if (connectors.length > 0 && connectors.every(({ last_poll }) => last_poll !== null)) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`the demo has fetched nothing within ${PATIENCE_MS / 1000} s`);
}
