import { applyMode, Mode } from '@cloudscape-design/global-styles';

const KEPT_AS = 'pairmeter.theme';

/** The system's theme, unless the user chose one. */
export type Theme = 'system' | 'light' | 'dark';

const prefersDark = matchMedia('(prefers-color-scheme: dark)');

export function theme(): Theme {
  const kept = localStorage.getItem(KEPT_AS);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

export function chooseTheme(chosen: Theme): void {
  localStorage.setItem(KEPT_AS, chosen);
  applyTheme();
}

export function applyTheme(): void {
  const chosen = theme();
  const isDark = chosen === 'dark' || (chosen === 'system' && prefersDark.matches);
  applyMode(isDark ? Mode.Dark : Mode.Light);
  document.documentElement.style.colorScheme = isDark ? 'dark' : 'light';
}

prefersDark.addEventListener('change', applyTheme);
