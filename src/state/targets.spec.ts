import { describe, expect, it } from 'vitest';

import { positionColumns, positionLines } from './targets';

describe('the columns of positions', () => {
  it.each([
    [
      ['ra', 'dec'],
      ['ra', 'dec']
    ],
    [
      ['RAJ2000', 'DEJ2000'],
      ['RAJ2000', 'DEJ2000']
    ],
    [
      ['s_ra', 's_dec'],
      ['s_ra', 's_dec']
    ],
    [
      ['coord_ra', 'coord_dec'],
      ['coord_ra', 'coord_dec']
    ],
    [
      ['RA_ICRS', 'DE_ICRS'],
      ['RA_ICRS', 'DE_ICRS']
    ],
    [['e_ra', 'e_dec', 'radius', 'decade'], null],
    [['ra'], null]
  ])('%s', (names, expected) => {
    expect(positionColumns(names.map(name => ({ name })))).toEqual(expected);
  });

  it('are those that say so, the main ones first', () => {
    const columns = [
      { name: 'ra', ucd: null },
      { name: 'x', ucd: 'pos.eq.ra' },
      { name: 'y', ucd: 'POS.EQ.DEC' },
      { name: 'lon', ucd: 'pos.eq.ra;meta.main' },
      { name: 'e', ucd: 'stat.error;pos.eq.ra' }
    ];
    expect(positionColumns(columns)).toEqual(['lon', 'y']);
  });
});

describe('a file of positions', () => {
  it.each([
    ['10.68 41.27\n00:42:44 +41:16:09\n', '10.68 41.27\n00:42:44 +41:16:09'],
    ['# mine\r\nra,dec\r\n10,20 # here\r\n', '10,20'],
    ['ra,dec,mag\n1,2,3\n', null],
    ['ra,dec\n', null],
    ['', null],
    ['1 2\nnot here\n', null],
    ['1 2\n'.repeat(201), null]
  ])('%j', (text, expected) => {
    expect(positionLines(text, 'ICRS')).toBe(expected);
  });
});
