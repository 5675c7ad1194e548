/** Colours that everybody can tell apart, in either theme. */

import type { MapName } from './spec';

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

/** Nine steps of each map, from low to high; what is between is mixed. */
const MAPS: Readonly<Record<MapName, string>> = {
  viridis: '440154 472d7b 3b528b 2c728e 21918c 28ae80 5ec962 addc30 fde725',
  cividis: '00224e 1f3a6e 434e6c 61656f 7d7c78 9b9476 bcae6c dec958 fee838',
  magma: '000004 1c1044 4f127b 812581 b5367a e55964 fb8761 fec287 fcfdbf',
  grey: '000000 202020 404040 606060 808080 a0a0a0 c0c0c0 e0e0e0 ffffff'
};

/** The palette of Okabe and Ito but for the vermilion, which means selected. */
const LIGHT = ['#0072b2', '#e69f00', '#009e73', '#cc79a7', '#56b4e9', '#8c6d00', '#000000'];
const DARK = ['#56b4e9', '#e69f00', '#2bc59b', '#e39ac2', '#4d9fe0', '#f0e442', '#e0e0e0'];

/** The colours of the bands of the Rubin Observatory's plots, on white and on black. */
const BANDS: Readonly<Record<string, readonly [string, string]>> = {
  u: ['#0c71ff', '#3eb7ff'],
  g: ['#49be61', '#30c39f'],
  r: ['#c61c00', '#ff7e00'],
  i: ['#ffc200', '#2af5ff'],
  z: ['#f341a2', '#a7f9c1'],
  y: ['#5d0000', '#fdc900']
};

/** Their symbols there. */
const BAND_SYMBOLS: Readonly<Record<string, string>> = {
  u: 'circle',
  g: 'triangle-up',
  r: 'triangle-down',
  i: 'square',
  z: 'star',
  y: 'pentagon'
};

/** Symbols that are told apart. */
export const SYMBOLS = [
  'circle',
  'square',
  'diamond',
  'triangle-up',
  'triangle-down',
  'cross',
  'x',
  'star'
] as const;

/** What is selected, and the row that is looked at. */
export function accents(dark: boolean): { readonly selected: string; readonly highlight: string } {
  return dark
    ? { selected: '#ff8c42', highlight: '#ffffff' }
    : { selected: '#d55e00', highlight: '#000000' };
}

/** The colour of the nth trace or group. */
export function seriesColour(index: number, dark: boolean): string {
  const all = dark ? DARK : LIGHT;
  return all[index % all.length];
}

/** The colour of a group: that of its band if it is called like one. */
export function groupColour(name: string, index: number, dark: boolean): string {
  const band =
    BANDS[
      name
        .trim()
        .toLowerCase()
        .replace(/^lsst_?/, '')
    ];
  return band ? band[dark ? 1 : 0] : seriesColour(index, dark);
}

/** The symbol of a group. */
export function groupSymbol(name: string, index: number): string {
  const band =
    BAND_SYMBOLS[
      name
        .trim()
        .toLowerCase()
        .replace(/^lsst_?/, '')
    ];
  return band ?? SYMBOLS[index % SYMBOLS.length];
}

/** Read `#rrggbb` or `rgb(r, g, b)`. */
export function parseColour(text: string): Rgb {
  const hex = /^#?([0-9a-f]{6})$/i.exec(text.trim());
  if (hex) {
    const value = parseInt(hex[1], 16);
    return [value >> 16, (value >> 8) & 255, value & 255];
  }
  const parts = (text.match(/[\d.]+/g) ?? []).map(Number);
  return [parts[0] ?? 0, parts[1] ?? 0, parts[2] ?? 0];
}

/** 256 colours of a map, three bytes each. */
export function mapColours(name: MapName): Uint8ClampedArray {
  const steps = MAPS[name].split(' ').map(parseColour);
  const out = new Uint8ClampedArray(256 * 3);
  for (let i = 0; i < 256; i += 1) {
    const place = (i / 255) * (steps.length - 1);
    const low = Math.min(Math.floor(place), steps.length - 2);
    for (let c = 0; c < 3; c += 1) {
      out[3 * i + c] = steps[low][c] + (steps[low + 1][c] - steps[low][c]) * (place - low);
    }
  }
  return out;
}

/** A map as Plotly takes it. */
export function colourScale(name: MapName): Array<[number, string]> {
  const steps = MAPS[name].split(' ');
  return steps.map((colour, i) => [i / (steps.length - 1), `#${colour}`]);
}

/** Whether a background is a dark one. */
export function isDark(background: string): boolean {
  const [red, green, blue] = parseColour(background);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue < 128;
}
