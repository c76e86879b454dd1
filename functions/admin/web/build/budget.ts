import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';

interface Chunk {
  file: string;
  css?: string[];
  imports?: string[];
}
type Manifest = Record<string, Chunk | undefined>;

/** All files that the browser loads for the entries, each once. */
export function filesOf(manifest: Manifest, entries: readonly string[]): Set<string> {
  const files = new Set<string>();
  const seen = new Set<string>();
  const visit = (key: string) => {
    if (seen.has(key)) return;
    seen.add(key);
    const chunk = manifest[key];
    if (chunk === undefined) throw new Error(`${key} is not in the build's manifest`);
    files.add(chunk.file);
    chunk.css?.forEach((file) => files.add(file));
    chunk.imports?.forEach(visit);
  };
  entries.forEach(visit);
  return files;
}

/** Fails the build if the first view exceeds its budget. */
export function budget(limit: { firstRouteKb: number; entry: string }): Plugin {
  let folder = 'dist';
  return {
    name: 'budget',
    apply: 'build',
    configResolved: (config) => {
      folder = config.build.outDir;
    },
    closeBundle: {
      order: 'post',
      handler: () => {
        const path = join(folder, '.vite/manifest.json');
        // An aborted build has already printed its error.
        if (!existsSync(path)) return;
        const manifest = JSON.parse(readFileSync(path, 'utf8')) as Manifest;
        const sizes = [...filesOf(manifest, [limit.entry])].map((file) => gzipSync(readFileSync(join(folder, file))).length);
        const kb = Math.round(sizes.reduce((sum, size) => sum + size, 0) / 1000);
        console.log(`first route: ${kb} KB gzip in ${sizes.length} files, of ${limit.firstRouteKb} KB`);
        if (kb > limit.firstRouteKb) throw new Error(`the first route is ${kb} KB gzip; its budget is ${limit.firstRouteKb} KB`);
      },
    },
  };
}
