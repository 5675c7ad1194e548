import { describe, expect, it } from 'vitest';

import type { Release } from '../api/models';
import { shortCount, treeItems } from './tree';

const column = (name: string, description = '', unit = ''): Release['tables'][0]['columns'][0] => ({
  name,
  datatype: 'double',
  unit,
  description
});

const RELEASES: Release[] = [
  {
    name: 'gaia',
    tables: [
      {
        name: 'gaia.source',
        description: 'Bright stars',
        rows: 482176,
        columns: [column('ra', 'Right ascension', 'deg'), column('g', 'Magnitude', 'mag')]
      }
    ]
  },
  {
    name: 'hipparcos',
    tables: [
      {
        name: 'hipparcos.main',
        description: 'The new reduction',
        rows: 117955,
        columns: [column('plx', 'Parallax')]
      }
    ]
  },
  {
    name: 'TAP_SCHEMA',
    tables: [{ name: 'tap_schema.tables', rows: 3, columns: [column('table_name')] }]
  }
];

const keys = (open: string[], search = ''): string[] =>
  treeItems(RELEASES, new Set(open), search).map(item => item.key);

describe('the tree of catalogues', () => {
  it('opens releases, and leaves what describes the catalogues closed', () => {
    expect(keys([])).toEqual([
      'r:gaia',
      't:gaia/gaia.source',
      'r:hipparcos',
      't:hipparcos/hipparcos.main',
      'r:TAP_SCHEMA'
    ]);
  });

  it('opens and closes what a person chose', () => {
    expect(keys(['r:hipparcos', 't:gaia/gaia.source', 'r:TAP_SCHEMA'])).toEqual([
      'r:gaia',
      't:gaia/gaia.source',
      'c:gaia/gaia.source/ra',
      'c:gaia/gaia.source/g',
      'r:hipparcos',
      'r:TAP_SCHEMA',
      't:TAP_SCHEMA/tap_schema.tables'
    ]);
  });

  it.each<[string, string[]]>([
    ['parallax', ['r:hipparcos', 't:hipparcos/hipparcos.main', 'c:hipparcos/hipparcos.main/plx']],
    ['MAG', ['r:gaia', 't:gaia/gaia.source', 'c:gaia/gaia.source/g']],
    ['ascension right', ['r:gaia', 't:gaia/gaia.source', 'c:gaia/gaia.source/ra']],
    ['new reduction', ['r:hipparcos', 't:hipparcos/hipparcos.main']],
    ['gaia.s', ['r:gaia', 't:gaia/gaia.source']],
    [
      'table_name',
      [
        'r:TAP_SCHEMA',
        't:TAP_SCHEMA/tap_schema.tables',
        'c:TAP_SCHEMA/tap_schema.tables/table_name'
      ]
    ],
    ['nothing has this', []]
  ])('finds %j', (search, expected) => {
    expect(keys([], search)).toEqual(expected);
  });

  it('tells levels and places, for who cannot see them', () => {
    const items = treeItems(RELEASES, new Set(['t:gaia/gaia.source']), '');
    expect(items.map(({ level, place, of, open }) => [level, place, of, open]).slice(0, 4)).toEqual(
      [
        [1, 1, 3, true],
        [2, 1, 1, true],
        [3, 1, 2, null],
        [3, 2, 2, null]
      ]
    );
  });

  it.each([
    [0, '0'],
    [999, '999'],
    [1200, '1.2k'],
    [482176, '482k'],
    [999999, '999k'],
    [1e6, '1M'],
    [1.5e9, '1.5G']
  ])('%d rows are %s', (rows, text) => {
    expect(shortCount(rows)).toBe(text);
  });
});
