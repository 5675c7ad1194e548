import { describe, expect, it } from 'vitest';

import { spanOf } from './adql';

describe('the place of an error', () => {
  it.each<[string, [number, number, number], string]>([
    ['SELECT ra\nFORM t', [2, 1, 4], 'FORM'],
    ['SELECT ra', [1, 8, 2], 'ra'],
    ['SELECT ra', [1, 8, 99], 'ra'],
    // At the end of the text there is nothing to underline but what comes before.
    ['SELECT', [1, 7, 1], 'T'],
    ['SELECT', [9, 40, 1], 'T'],
    // Columns count characters, not the halves of them.
    ["SELECT '😀', x", [1, 13, 1], 'x'],
    ['a\n\nb', [2, 1, 1], '\n']
  ])('of %j at %j is %j', (text, [line, column, length], marked) => {
    const { from, to } = spanOf(text, line, column, length);
    expect(text.slice(from, to)).toBe(marked);
  });

  it('of nothing is nothing', () => {
    expect(spanOf('', 1, 1, 1)).toEqual({ from: 0, to: 0 });
  });
});
