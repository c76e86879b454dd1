// One chunk for the first view.
import type { Plugin } from 'vite';

interface Modules {
  getModuleInfo: (id: string) => { importedIds: readonly string[] } | null;
}

/** Everything that modules import, and what that imports; not what they load later. */
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
 * What the first view needs is one file. By default the bundler makes a file of what the same set of pages shares,
 * and with every page there are more of them.
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
