import type { Plugin } from 'vite';

const FONT_FACE = /@font-face\s*\{[^}]*\}/g;

/** Removes the eight fonts that Cloudscape's global styles embed, half of all CSS. System fonts are sufficient. */
export function withoutEmbeddedFonts(): Plugin {
  return {
    name: 'without-embedded-fonts',
    enforce: 'pre',
    transform(code, id) {
      return id.includes('global-styles/index.css') ? { code: code.replace(FONT_FACE, ''), map: null } : null;
    },
  };
}
