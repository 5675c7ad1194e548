/** Properties of figures in region files: `color=red width=2 text={NGC 104}`. */

import type { PointSymbol, RegionStyle } from './region';

/** What a line says of a figure. */
export interface Properties {
  readonly text?: string;
  readonly tags?: readonly string[];
  readonly excluded?: boolean;
  readonly style?: RegionStyle;
}

const PROPERTY = /([a-z0-9_]+)\s*=\s*(\{[^}]*\}|"[^"]*"|'[^']*'|[^\s]+(?:\s+\d+\b(?!\s*=))*)/gi;
const SYMBOLS = /^(circle|box|diamond|cross|x|arrow|boxcircle)(?:\s+(\d+))?$/i;
/** Colours by name or as six digits: nothing else gets near a style sheet. */
const COLOR = /^(#[0-9a-f]{3}(?:[0-9a-f]{3})?|[a-z]{3,20})$/i;
const WIDEST = 20;

/** Read properties; what is unknown does no harm. */
export function properties(text: string): Properties {
  const style: { -readonly [K in keyof RegionStyle]: RegionStyle[K] } = {};
  const tags: string[] = [];
  const found: { text?: string; excluded?: boolean } = {};
  for (const [, name, raw] of text.matchAll(PROPERTY)) {
    const value = raw.replace(/^[{"']|[}"']$/g, '');
    const whole = Number.parseInt(value, 10);
    switch (name.toLowerCase()) {
      case 'color':
        if (COLOR.test(value)) {
          style.color = value.toLowerCase();
        }
        break;
      case 'width':
        if (whole > 0) {
          style.width = Math.min(whole, WIDEST);
        }
        break;
      case 'dash':
        style.dash = whole === 1;
        break;
      case 'fill':
        style.fill = whole === 1;
        break;
      case 'include':
        found.excluded = whole === 0;
        break;
      case 'text':
        found.text = value;
        break;
      case 'tag':
        tags.push(value);
        break;
      case 'point': {
        const symbol = SYMBOLS.exec(value);
        if (symbol) {
          style.symbol = symbol[1].toLowerCase() as PointSymbol;
          if (symbol[2]) {
            style.size = Math.min(Number(symbol[2]), 100);
          }
        }
        break;
      }
    }
  }
  return {
    ...found,
    ...(tags.length > 0 ? { tags } : {}),
    ...(Object.keys(style).length > 0 ? { style } : {})
  };
}
