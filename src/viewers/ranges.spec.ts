import { describe, expect, it } from 'vitest';

import { contains, count, equal, fromRows, normalise, subtract, union } from './ranges';
import type { Ranges } from './ranges';

describe('ranges', () => {
  it.each<[Ranges, Ranges]>([
    [[], []],
    [[[3, 3]], []],
    [
      [
        [5, 7],
        [1, 2]
      ],
      [
        [1, 2],
        [5, 7]
      ]
    ],
    [
      [
        [1, 3],
        [3, 5]
      ],
      [[1, 5]]
    ],
    [
      [
        [1, 9],
        [2, 3]
      ],
      [[1, 9]]
    ]
  ])('%j in order is %j', (given, expected) => {
    expect(normalise(given)).toEqual(expected);
  });

  it.each<[Ranges, Ranges, Ranges]>([
    [
      [[0, 10]],
      [[3, 5]],
      [
        [0, 3],
        [5, 10]
      ]
    ],
    [[[0, 10]], [[0, 10]], []],
    [
      [
        [0, 3],
        [5, 8]
      ],
      [[2, 6]],
      [
        [0, 2],
        [6, 8]
      ]
    ],
    [[[0, 3]], [[5, 6]], [[0, 3]]],
    [
      [[5, 9]],
      [
        [0, 6],
        [8, 12]
      ],
      [[6, 8]]
    ]
  ])('%j without %j is %j', (from, what, expected) => {
    expect(subtract(from, what)).toEqual(expected);
  });

  it('behave as sets of rows', () => {
    // Against the plain meaning, on pairs of subsets of six rows.
    const sets = Array.from({ length: 64 }, (_, bits) =>
      [0, 1, 2, 3, 4, 5].filter(i => bits & (1 << i))
    );
    const rows = (ranges: Ranges): number[] =>
      [...Array(6).keys()].filter(i => contains(ranges, i));
    for (const one of sets) {
      const a = fromRows(one);
      expect(rows(a)).toEqual(one);
      expect(count(a)).toBe(one.length);
      for (const other of sets.filter((_, i) => i % 7 === 0)) {
        const b = fromRows(other);
        expect(rows(union(a, b))).toEqual(
          [...Array(6).keys()].filter(i => one.includes(i) || other.includes(i))
        );
        expect(rows(subtract(a, b))).toEqual(one.filter(i => !other.includes(i)));
        expect(equal(a, b)).toBe(JSON.stringify(one) === JSON.stringify(other));
      }
    }
  });
});
