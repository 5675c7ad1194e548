import { describe, expect, it } from 'vitest';

import type { ColumnInfo } from '../api/models';
import { begin, condition } from './constraints';
import {
  aboutColumn,
  choicesOf,
  choicesText,
  listText,
  missingText,
  rangeText,
  toggled
} from './values';

function column(datatype: string, more: Partial<ColumnInfo> = {}): ColumnInfo {
  return { name: 'x', datatype, ...more };
}

describe('the range of a column', () => {
  it.each([
    ['double', '14.2', '27.9', {}, '14.2 … 27.9'],
    // Rounded outwards, so that no row is left out by taking the range as it is told.
    ['double', '14.2345678', '27.8765432', {}, '14.234 … 27.877'],
    ['double', '-1.23456789e-05', '6.02214076e+23', {}, '-0.000012346 … 6.0222e+23'],
    ['float', '0.0', '359.99998', {}, '0.0 … 360'],
    [
      'long',
      '-9223372036854775808',
      '9223372036854775807',
      {},
      '-9223372036854775808 … 9223372036854775807'
    ],
    ['double', '60123.123456', '60999.9', { unit: 'd', ucd: 'time.start' }, '60123.12 … 60999.9'],
    [
      'char',
      '2025-06-30T12:00:00.500000',
      '2025-07-01T00:00:00',
      { xtype: 'timestamp' },
      '2025-06-30T12:00:00 … 2025-07-01'
    ]
  ])('%s from %s to %s', (datatype, low, high, more, expected) => {
    expect(rangeText(column(datatype, { low, high, ...more }))).toBe(expected);
  });

  it('is not told where it is not known', () => {
    expect(rangeText(column('double'))).toBe('');
    expect(aboutColumn(column('double', { unit: 'mag', description: 'G', missing: 0.25 }))).toBe(
      'x [mag]\nG\nNo value in 25 % of the rows'
    );
    expect(missingText(column('double', { missing: 0.0000012 }))).toBe('< 0.1 % of the rows');
  });
});

describe('the choices of a column', () => {
  const bands = column('char', { choices: ['g', 'r', 'z, wide'] });

  it('are taken in and out of a list, in their order', () => {
    expect(toggled('r', 'g', bands)).toBe('g, r');
    expect(toggled('g, r', 'r', bands)).toBe('g');
    expect(toggled('odd', 'z, wide', bands)).toBe('odd, "z, wide"');
    expect(toggled('"z, wide"', 'z, wide', bands)).toBe('');
  });

  it('write a condition that means them', () => {
    const value = listText(choicesOf(bands));
    expect(condition({ column: 'x', op: 'is', value, high: '' }, bands)).toBe(
      "x IN ('g', 'r', 'z, wide')"
    );
  });

  it('that a list cannot hold are not offered', () => {
    expect(choicesOf(column('char', { choices: ['', ' a', 'b"c,', 'd'] }))).toEqual(['d']);
    expect(choicesText(column('int', { choices: [...'123456789'] }))).toContain('and 1 more');
  });

  it('begin the condition on a column of few integers', () => {
    expect(begin(column('int', { choices: ['1', '2'] })).op).toBe('is');
    expect(begin(column('long', { ucd: 'meta.id;meta.main' })).op).toBe('is');
    expect(begin(column('int')).op).toBe('range');
  });
});
