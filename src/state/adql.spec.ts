import { describe, expect, it } from 'vitest';

import { firstRows, quoteName, quoteTable, spaced } from './adql';

describe('pieces of ADQL', () => {
  it.each([
    ['ra', 'ra'],
    ['_x', '"_x"'],
    ['2mass', '"2mass"'],
    ['size', '"size"'],
    ['Point', '"Point"'],
    ['a"b', '"a""b"'],
    ['δ', '"δ"']
  ])('the name %j is written %j', (name, text) => {
    expect(quoteName(name)).toBe(text);
  });

  it.each([
    ['gaia.source', 'gaia.source'],
    ['tap_schema.columns', 'tap_schema.columns'],
    ['mydb.order', 'mydb."order"'],
    ['plain', 'plain']
  ])('the table %j is written %j', (name, text) => {
    expect(quoteTable(name)).toBe(text);
  });

  it('asks for the first rows of a table', () => {
    expect(firstRows({ name: 'gaia.source', rows: 1, columns: [] })).toBe(
      'SELECT TOP 100 *\nFROM gaia.source'
    );
  });

  it.each([
    ['', '', 'ra'],
    ['T', '', ' ra'],
    [' ', 'x', 'ra '],
    ['(', ')', 'ra'],
    ['a', 'b', ' ra ']
  ])('between %j and %j stands %j', (before, after, text) => {
    expect(spaced('ra', before, after)).toBe(text);
  });
});
