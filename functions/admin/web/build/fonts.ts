import type { Plugin } from 'vite';

const FONT_FACE = /@font-face\s*\{[^}]*\}/g;

/** Cloudscape's global styles carry eight fonts as text, half of all CSS; the machine's own fonts do as well. */
export function withoutEmbeddedFonts(): Plugin {
  return {
    name: 'without-embedded-fonts',
    enforce: 'pre',
    transform(code, id) {
      return id.includes('global-styles/index.css') ? { code: code.replace(FONT_FACE, ''), map: null } : null;
    },
  };
}
