import { describe, expect, it } from 'vitest';

import { decode, encode, linkTo } from './link';

const OPEN = { command: 'lsp:open-result', args: { id: 'a1', view: { sort: [['ra', 'asc']] } } };

describe('a link', () => {
  it('opens what it was made of', () => {
    const link = linkTo('https://x.org/user/ann/lab/tree/a.ipynb?reset&token=t#here', [OPEN]);
    const url = new URL(link);
    expect(url.pathname).toBe('/user/ann/lab/tree/a.ipynb');
    // Nothing else of the address goes along, a token least of all.
    expect([...url.searchParams.keys()]).toEqual(['lsp']);
    expect(decode(url.searchParams.get('lsp')!)).toEqual([OPEN]);
  });

  it('carries any text', () => {
    const query = { command: 'lsp:edit-query', args: { adql: "SELECT 'Ω ☃ \u0000 /+&?='" } };
    expect(decode(encode([query]))).toEqual([query]);
    expect(encode([query])).toMatch(/^[\w-]+$/);
  });

  it('gives no command but those that show something', () => {
    const delete_ = { command: 'lsp:delete-job', args: { id: 'a' } };
    const wrong = [delete_, null, 3, { command: 'lsp:open-result' }, { args: {} }, OPEN];
    expect(decode(encode(wrong as never))).toEqual([OPEN]);
  });

  it.each(['', '%%%', 'bm90IGpzb24', btoa('{"a": 1}'), 'gICA'])(
    'that is broken says so: %s',
    text => {
      expect(() => decode(text)).toThrow('not complete');
    }
  );

  it('that would be too long is not made', () => {
    const long = { command: 'lsp:edit-query', args: { adql: 'x'.repeat(20_000) } };
    expect(() => linkTo('https://x.org/lab', [long])).toThrow('too much');
  });
});
