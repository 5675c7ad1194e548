import { describe, expect, it } from 'vitest';

import { marks } from './adql_lexer';

function kinds(text: string): string[][] {
  return marks(text).map(({ from, to, kind }) => [text.slice(from, to), kind]);
}

describe('the marks of a text', () => {
  it.each([
    ['', []],
    ['  \n ', []],
    ['SELECT a', 'SELECT:keyword a:name'],
    ['select offset', 'select:keyword offset:name'],
    ['offset 5', 'offset:keyword 5:number'],
    ['"Select"', '"Select":name'],
    ['a.sin', 'a:name .:bracket sin:keyword'],
    ['sin(x)', 'sin:function (:bracket x:name ):bracket'],
    ['my_own (1)', 'my_own:function (:bracket 1:number ):bracket'],
    ['IN (1)', 'IN:keyword (:bracket 1:number ):bracket'],
    ['CAST(', 'CAST:function (:bracket'],
    ['DOUBLE PRECISION', 'DOUBLE:type PRECISION:type'],
    ['CHAR(5)', 'CHAR:type (:bracket 5:number ):bracket'],
    ['TOP 5', 'TOP:keyword 5:number'],
    ['a >= 1e5', 'a:name >=:operator 1e5:number'],
    ['0x1F .5 5. 5.e1', '0x1F:number .5:number 5.:number 5.e1:number'],
    ['5a 1.2.3', '5a:error 1.2.3:error'],
    ["'it''s' || 'b'", "'it''s':text ||:operator 'b':text"],
    ["a'b", "a:name 'b:error"],
    ['a; b', 'a:name ;:error b:name'],
    ['a == b', 'a:name ==:error b:name'],
    ['a /* b', 'a:name /*:error b:name'],
    ['é', 'é:error'],
    ['aé', 'aé:error']
  ])('%s', (text, expected) => {
    const told = kinds(text).map(([part, kind]) => `${part}:${kind}`);
    expect(told.join(' ')).toBe(Array.isArray(expected) ? '' : expected);
  });

  it('are of comments, and of texts that look like comments', () => {
    expect(kinds('a -- b\nc --')).toEqual([
      ['a', 'name'],
      ['-- b', 'comment'],
      ['c', 'name'],
      ['--', 'comment']
    ]);
    expect(kinds("a '-- b'")).toEqual([
      ['a', 'name'],
      ["'-- b'", 'text']
    ]);
    expect(kinds('sin -- the function\n(x)')[0]).toEqual(['sin', 'function']);
    expect(kinds("a 'open\nand more")).toEqual([
      ['a', 'name'],
      ["'open\nand more", 'error']
    ]);
  });

  it('leave out nothing but space', () => {
    const letters = `'"-- \n;()a1.\u0000😀é_`;
    let seed = 1;
    const random = (): number => (seed = (seed * 48271) % 2147483647) / 2147483647;
    for (let round = 0; round < 500; round++) {
      const text = Array.from(
        { length: Math.floor(random() * 30) },
        () => [...letters][Math.floor(random() * [...letters].length)]
      ).join('');
      let end = 0;
      let left = '';
      for (const { from, to } of marks(text)) {
        expect(from).toBeGreaterThanOrEqual(end);
        expect(to).toBeGreaterThan(from);
        left += text.slice(end, from);
        end = to;
      }
      expect((left + text.slice(end)).trim()).toBe('');
    }
  });

  it('take time in proportion to the length', () => {
    const text = 'SELECT ' + 'a + SIN(b), -- c\n'.repeat(5000) + '('.repeat(50_000);
    expect(marks(text).length).toBeGreaterThan(80_000);
  });
});
