/** What a wall of stamps shows: of which images, how large, and how its pixels look. */

import type { SourceColumn, TableView } from '../source';
import { PLAIN } from '../source';

/** Stretches and colours, as the server knows them. */
export const STRETCHES = ['asinh', 'linear', 'sqrt', 'log', 'equalised'] as const;
export const COLOURS = ['gray', 'viridis', 'magma', 'inferno', 'cividis', 'heat', 'cool'] as const;

/** Sides of a stamp on screen in pixels, and of its field on the sky in arcseconds. */
export const SIDES = { least: 64, most: 320, start: 128, step: 32 } as const;
export const FIELDS = { least: 0.5, most: 700, start: 10 } as const;

/** Images of one kind that stamps can be of. */
export interface StampImages {
  readonly release: string;
  readonly dataset: string;
  /** In the order of their wavelengths. */
  readonly bands: readonly string[];
}

/** A wall, as layouts and links keep it. */
export interface WallSpec {
  readonly release: string;
  readonly dataset: string;
  /** One band, or those of red, green and blue. */
  readonly bands: readonly string[];
  /** Of a stamp on the sky, arcseconds. */
  readonly field: number;
  readonly stretch: string;
  /** As the parameter LIMITS. */
  readonly limits: string;
  readonly colours: string;
  /** Of a stamp on screen, pixels. */
  readonly side: number;
  readonly view: TableView;
  /** Whether it shows what the table shows. */
  readonly follow: boolean;
}

/** The columns with a position, and how many degrees one of their units is. */
export interface Places {
  readonly ra: string;
  readonly dec: string;
  readonly factor: number;
}

const NAMES: ReadonlyArray<readonly [RegExp, RegExp]> = [
  [/^coord_ra$/i, /^coord_dec$/i],
  [/^ra$/i, /^dec(l)?$/i],
  [/^s_ra$/i, /^s_dec$/i],
  [/^(raj2000|ra_icrs)$/i, /^(dej2000|dec_icrs)$/i],
  [/(^|_)ra(_|$)/i, /(^|_)dec(_|$)/i]
];

/** Where the rows of a table are on the sky; `null` if no columns say so. */
export function placesOf(columns: readonly SourceColumn[]): Places | null {
  const isNumber = ({ datatype, arrow = '' }: SourceColumn): boolean =>
    datatype === 'double' || datatype === 'float' || /^(double|float)/.test(arrow);
  const numbers = columns.filter(isNumber);
  const called = (ucd: string): SourceColumn[] =>
    numbers.filter(column => column.ucd?.toLowerCase().startsWith(ucd));
  const best = (found: SourceColumn[]): SourceColumn | undefined =>
    found.find(column => /meta\.main/i.test(column.ucd ?? '')) ?? found[0];
  const pairs = [
    [best(called('pos.eq.ra')), best(called('pos.eq.dec'))],
    ...NAMES.map(([ra, dec]) => [
      numbers.find(column => ra.test(column.name)),
      numbers.find(column => dec.test(column.name))
    ])
  ];
  for (const [ra, dec] of pairs) {
    if (ra && dec) {
      const factor = /^rad/i.test(ra.unit ?? '') ? 180 / Math.PI : 1;
      return { ra: ra.name, dec: dec.name, factor };
    }
  }
  return null;
}

/** The wall to begin with: the deepest images, in the band in the middle; `null` without images. */
export function defaultWall(
  images: readonly StampImages[],
  view: TableView = PLAIN
): WallSpec | null {
  const rank = (one: StampImages): number =>
    ['deep_coadd', 'template_coadd', 'visit_image'].findIndex(name => name === one.dataset) + 1 ||
    9;
  const first = [...images]
    .filter(one => one.bands.length > 0)
    .sort((a, b) => rank(a) - rank(b))[0];
  if (!first) {
    return null;
  }
  const { release, dataset, bands } = first;
  const band = bands.includes('r') ? 'r' : bands[Math.floor(bands.length / 2)];
  return {
    release,
    dataset,
    bands: [band],
    field: FIELDS.start,
    stretch: 'asinh',
    limits: '99.5',
    colours: 'gray',
    side: SIDES.start,
    view,
    follow: true
  };
}

/** Three bands for red, green and blue, the longest wavelength first; `null` if there are fewer. */
export function colourBands(bands: readonly string[]): readonly string[] | null {
  if (['i', 'r', 'g'].every(band => bands.includes(band))) {
    return ['i', 'r', 'g'];
  }
  return bands.length < 3
    ? null
    : [bands[bands.length - 1], bands[Math.floor((bands.length - 1) / 2)], bands[0]];
}

/** A number within limits; the first of them if it is none. */
function within(value: unknown, least: number, most: number, usual: number): number {
  return typeof value === 'number' && Number.isFinite(value)
    ? Math.min(most, Math.max(least, value))
    : usual;
}

/** Read what a layout or a link kept; `null` if that is no wall. */
export function parseWall(told: unknown): WallSpec | null {
  const { release, dataset, bands, ...rest } = (told ?? {}) as Partial<WallSpec>;
  const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';
  const isBands = Array.isArray(bands) && bands.every(isText) && [1, 3].includes(bands.length);
  if (!isText(release) || !isText(dataset) || !isBands) {
    return null;
  }
  const one = (value: unknown, known: readonly string[]): string =>
    isText(value) && known.includes(value) ? value : known[0];
  return {
    release,
    dataset,
    bands,
    field: within(rest.field, FIELDS.least, FIELDS.most, FIELDS.start),
    stretch: one(rest.stretch, STRETCHES),
    limits: isText(rest.limits) ? rest.limits : '99.5',
    colours: one(rest.colours, COLOURS),
    side: within(rest.side, SIDES.least, SIDES.most, SIDES.start),
    view: { ...PLAIN, ...(rest.view ?? {}) },
    follow: rest.follow !== false
  };
}

/** What makes stamps other ones; the side on screen and the rows do not. */
export function stampKey(spec: WallSpec): string {
  const { release, dataset, bands, field, stretch, limits, colours } = spec;
  return JSON.stringify([release, dataset, bands, field, stretch, limits, colours]);
}
