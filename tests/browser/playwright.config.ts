import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { defineConfig } from '@playwright/test';

import { ADDRESS, BINARY, CHROMIUM, TOKEN } from './place.ts';

// A new folder for each run, without connectors of earlier runs.
const data = mkdtempSync(join(tmpdir(), 'pairmeter-browser-'));

export default defineConfig({
  outputDir: 'results',
  // All stories share one Pairmeter. Each uses separate accounts.
  workers: 1,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
  expect: { timeout: 15_000 },
  reporter: [['list'], ['./tally.ts']],
  globalSetup: './ready.ts',
  projects: [
    { name: 'stories', testDir: 'stories' },
    // Screenshots for people, without assertions.
    { name: 'shots', testMatch: 'shots.spec.ts' },
    // The picture in README.md.
    { name: 'readme', testMatch: 'readme.spec.ts' },
    // Times, for an idle machine.
    { name: 'speed', testMatch: 'speed.spec.ts' },
  ],
  use: {
    baseURL: ADDRESS,
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    // The pages show UTC in any time zone.
    timezoneId: 'America/Los_Angeles',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: CHROMIUM,
      args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
    },
  },
  webServer: {
    command: `${BINARY} serve --demo --data ${data} --listen ${new URL(ADDRESS).host}`,
    env: { ...process.env, PAIRMETER_TOKEN: TOKEN, PAIRMETER_LOG: 'error' },
    url: `${ADDRESS}/v1/health`,
    timeout: 60_000,
    reuseExistingServer: false,
    gracefulShutdown: { signal: 'SIGTERM', timeout: 5_000 },
  },
});
