/// <reference types="vitest/config" />
import { fileURLToPath } from 'node:url';

import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

import { budget } from './build/budget.ts';
import { compressed } from './build/compressed.ts';
import { firstRoute } from './build/first-route.ts';
import { withoutEmbeddedFonts } from './build/fonts.ts';

// The address of a running Pairmeter, for `npm run dev`.
const api = process.env.PAIRMETER_DEV_API ?? 'http://127.0.0.1:8787';

export default defineConfig({
  plugins: [react(), withoutEmbeddedFonts(), firstRoute(fileURLToPath(new URL('src/main.tsx', import.meta.url))), compressed(), budget({ firstRouteKb: 500, entry: 'index.html' })],
  server: { proxy: { '/v1': api, '/admin/settings.json': api } },
  build: { target: 'es2022', manifest: true, assetsInlineLimit: 0, sourcemap: false, chunkSizeWarningLimit: 1500 },
  test: { environment: 'node', include: ['src/**/*.test.ts', 'src/**/*.test.tsx', 'build/**/*.test.ts'] },
});
