import { describe, expect, it } from 'vitest';

import { PLAIN } from '../source';
import type { SourceColumn } from '../source';
import { wallCode } from './code';
import { MOST, layoutOf, moved, visibleOf } from './gallery';
import { colourBands, defaultWall, parseWall, placesOf, stampKey } from './spec';

const IMAGES = [
  { release: 'dp1', dataset: 'visit_image', bands: ['g', 'r'] },
  { release: 'dp1', dataset: 'deep_coadd', bands: ['g', 'r', 'i', 'z'] }
];
const column = (name: string, more: Partial<SourceColumn> = {}): SourceColumn => ({
  name,
  datatype: 'double',
  ...more
});

describe('positions of a table', () => {
  it.each([
    [['id', 'coord_ra', 'coord_dec'], 'coord_ra'],
    [['RA', 'Dec'], 'RA'],
    [['s_ra', 's_dec'], 's_ra'],
    [['mean_ra', 'mean_dec'], 'mean_ra'],
    [['parallax', 'decade'], null]
  ])('%j', (names, ra) => {
    expect(placesOf(names.map(name => column(name)))?.ra ?? null).toBe(ra);
  });

  it('are what the columns say they are', () => {
    const columns = [
      column('ra'),
      column('dec'),
      column('a', { ucd: 'pos.eq.ra;meta.main', unit: 'rad' }),
      column('d', { ucd: 'pos.eq.dec;meta.main', unit: 'rad' })
    ];
    expect(placesOf(columns)).toEqual({ ra: 'a', dec: 'd', factor: 180 / Math.PI });
    expect(placesOf([column('ra', { datatype: 'char' }), column('dec')])).toBeNull();
  });
});

describe('a wall', () => {
  it('begins with the deepest images', () => {
    expect(defaultWall(IMAGES)).toMatchObject({ dataset: 'deep_coadd', bands: ['r'] });
    expect(defaultWall([])).toBeNull();
    expect(colourBands(['g', 'r', 'i', 'z'])).toEqual(['i', 'r', 'g']);
    expect(colourBands(['u', 'z', 'y'])).toEqual(['y', 'z', 'u']);
    expect(colourBands(['g', 'r'])).toBeNull();
  });

  it('comes back from a link, and nothing that is none', () => {
    const wall = defaultWall(IMAGES)!;
    expect(parseWall(JSON.parse(JSON.stringify(wall)))).toEqual(wall);
    expect(parseWall({ ...wall, side: 9999, stretch: 'odd', field: 'x' })).toMatchObject({
      side: 320,
      stretch: 'asinh',
      field: 10
    });
    for (const wrong of [null, 5, {}, { ...wall, bands: ['g', 'r'] }, { ...wall, release: 1 }]) {
      expect(parseWall(wrong)).toBeNull();
    }
    expect(stampKey({ ...wall, side: 64, follow: false })).toBe(stampKey(wall));
    expect(stampKey({ ...wall, bands: ['g'] })).not.toBe(stampKey(wall));
  });

  it('gives its code', () => {
    const wall = { ...defaultWall(IMAGES, PLAIN)!, bands: ['i', 'r', 'g'] };
    const places = { ra: 'coord_ra', dec: 'coord_dec', factor: 1 };
    expect(wallCode(wall, places, 'SELECT 1\nFROM t')).toBe(
      [
        'import lsp_jupyter as lsp',
        '',
        'rows = lsp.query("""',
        'SELECT 1',
        'FROM t',
        '""").to_table()',
        'stamps = lsp.cutouts(',
        '    {"ra": rows["coord_ra"], "dec": rows["coord_dec"]},',
        '    radius=5 / 3600,',
        '    release="dp1",',
        '    kind="deep_coadd",',
        '    band=["i", "r", "g"],',
        ')',
        'stamps'
      ].join('\n')
    );
  });
});

describe('the lines of a wall', () => {
  const layout = layoutOf(500, 100, 50);

  it('hold what is on screen', () => {
    expect(layout.columns).toBe(4);
    expect(visibleOf(layout, 0, 300, 50)).toEqual([0, 12]);
    expect(visibleOf(layout, 2 * layout.height + 20, 10, 50)).toEqual([8, 12]);
    expect(visibleOf(layout, 1e9, 300, 50)).toEqual([50, 50]);
    expect(layoutOf(10, 100, 0)).toMatchObject({ columns: 1 });
  });

  it.each([
    ['ArrowRight', 0, 1],
    ['ArrowLeft', 0, 0],
    ['ArrowDown', 3, 7],
    ['ArrowDown', 48, 48],
    ['ArrowUp', 2, 2],
    ['PageDown', 0, 8],
    ['PageDown', 47, 49],
    ['Home', 30, 0],
    ['End', 0, 49],
    ['ArrowDown', -1, 0],
    ['x', 0, null]
  ])('%s from %i', (key, from, to) => {
    expect(moved(key, from, layout, 2 * layout.height, 50)).toBe(to);
  });

  it('end', () => {
    expect(moved('End', 0, layout, 100, 10 * MOST)).toBe(MOST - 1);
    expect(moved('ArrowRight', 0, layout, 100, 0)).toBeNull();
  });
});
