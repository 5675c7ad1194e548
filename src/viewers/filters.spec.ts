import { describe, expect, it } from 'vitest';

import type { Kind } from './cells';
import { FilterError, parseFilter } from './filters';

describe('filter expressions', () => {
  it.each<[string, Kind, unknown[]]>([
    ['', 'float', []],
    ['   ', 'text', []],
    ['< 6', 'float', [['<', 6]]],
    ['<=6.5e1', 'float', [['<=', 65]]],
    ['≥ 3', 'integer', [['>=', 3]]],
    ['>.5', 'float', [['>', 0.5]]],
    ['= 5', 'integer', [['=', 5]]],
    ['==5', 'integer', [['=', 5]]],
    ['!=5', 'integer', [['!=', 5]]],
    ['<> 5', 'integer', [['!=', 5]]],
    ['5', 'integer', [['=', 5]]],
    ['-1..5', 'float', [['between', [-1, 5]]]],
    ['1.5 .. 2.5', 'float', [['between', [1.5, 2.5]]]],
    ['1, 2,5', 'integer', [['in', [1, 2, 5]]]],
    [
      '> 3 and < 6',
      'float',
      [
        ['>', 3],
        ['<', 6]
      ]
    ],
    [
      '> 3 & <= 6',
      'float',
      [
        ['>', 3],
        ['<=', 6]
      ]
    ],
    ['null', 'float', [['isnull', null]]],
    ['NOT NULL', 'text', [['notnull', null]]],
    ['!null', 'other', [['notnull', null]]],
    ['= null', 'float', [['isnull', null]]],
    // 64-bit identifiers travel as text, since JSON numbers would change them.
    ['= 4611686018427387905', 'integer', [['=', '4611686018427387905']]],
    [
      '4611686018427387905..4611686018427387907',
      'integer',
      [['between', ['4611686018427387905', '4611686018427387907']]]
    ],
    ['vega', 'text', [['contains', 'vega']]],
    ['~ veg', 'text', [['contains', 'veg']]],
    ['HD *', 'text', [['startswith', 'HD ']]],
    ['= HD 1', 'text', [['=', 'HD 1']]],
    ['"HD 1"', 'text', [['=', 'HD 1']]],
    ["'a, b'", 'text', [['=', 'a, b']]],
    ['a, b', 'text', [['in', ['a', 'b']]]],
    ['sand and sea', 'text', [['contains', 'sand and sea']]],
    ['1..5', 'text', [['contains', '1..5']]],
    ['yes', 'boolean', [['=', true]]],
    ['= F', 'boolean', [['=', false]]],
    ['> 2025', 'time', [['>', '2025-01-01T00:00:00']]],
    ['>= 2025-6-3 4:05', 'time', [['>=', '2025-06-03T04:05:00']]],
    [
      '2025-06-01..2025-07-01',
      'time',
      [['between', ['2025-06-01T00:00:00', '2025-07-01T00:00:00']]]
    ],
    ['2025-06-01T12:00:00.25Z', 'time', [['=', '2025-06-01T12:00:00.25']]]
  ])('%j above %s', (text, kind, expected) => {
    expect(parseFilter('c', text, kind)).toEqual(
      expected.map(condition => ['c', ...(condition as unknown[])])
    );
  });

  it.each<[string, Kind]>([
    ['<', 'float'],
    ['< x', 'float'],
    ['abc', 'integer'],
    ['1..x', 'float'],
    ['1, two', 'integer'],
    ['~5', 'float'],
    ['maybe', 'boolean'],
    ['yesterday', 'time'],
    ['> 1', 'other'],
    ['NaN', 'float'],
    ['0x10', 'integer'],
    ['x'.repeat(5000), 'text']
  ])('%j is refused above %s', (text, kind) => {
    expect(() => parseFilter('c', text, kind)).toThrow(FilterError);
  });
});
