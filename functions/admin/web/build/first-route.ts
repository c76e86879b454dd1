// One chunk for the first view.
import type { Plugin } from 'vite';

interface Modules {
  getModuleInfo: (id: string) => { importedIds: readonly string[] } | null;
}

/** All static imports of modules, direct and indirect, without lazy ones. */
export function closure(entries: readonly string[], importsOf: (id: string) => readonly string[]): Set<string> {
  const found = new Set<string>();
  const rest = [...entries];
  for (let id = rest.pop(); id !== undefined; id = rest.pop()) {
    if (found.has(id)) continue;
    found.add(id);
    rest.push(...importsOf(id));
  }
  return found;
}

/**
 * Puts all modules of the first view into one file. By default the bundler makes a file for each set of modules that the
 * same pages share, so their number grows with every page.
 */
export function firstRoute(entry: string): Plugin {
  let first: Set<string> | undefined;
  const isFirst = (id: string, modules: Modules) => {
    first ??= closure([entry], (one) => modules.getModuleInfo(one)?.importedIds ?? []);
    return first.has(id);
  };
  return {
    name: 'first-route',
    apply: 'build',
    config: () => ({
      build: {
        rolldownOptions: {
          output: { codeSplitting: { groups: [{ debugName: 'first', name: (id: string, modules: Modules) => (isFirst(id, modules) ? 'first' : null) }] } },
        },
      },
    }),
  };
}
