import { ADDRESS, LOOKED_AT, TOKEN } from './place.ts';

const PATIENCE_MS = 90_000;

interface Page {
  connectors: { name: string; last_poll: unknown }[];
}

/** Waits until the first poll of the demo's connector has finished. */
export default async function ready(): Promise<void> {
  const until = Date.now() + PATIENCE_MS;
  while (Date.now() < until) {
    const response = await fetch(`${ADDRESS}/v1/connectors`, { headers: { authorization: `Bearer ${TOKEN}` } });
    const { connectors } = (await response.json()) as Page;
    if (connectors.some(({ name, last_poll }) => name === LOOKED_AT && last_poll !== null)) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  throw new Error(`the demo has fetched nothing within ${PATIENCE_MS / 1000} s`);
}
