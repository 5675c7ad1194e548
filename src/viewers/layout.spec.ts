import { describe, expect, it } from 'vitest';

import { ColumnLayout } from './layout';

const layout = (): ColumnLayout => new ColumnLayout(['a', 'b', 'c', 'd']);

describe('the columns of a table', () => {
  it('hides and shows, and never hides the last one', () => {
    const one = layout();
    one.show(['b', 'd'], false);
    expect(one.shown).toEqual(['a', 'c']);
    one.show(['a', 'c'], false);
    expect(one.shown).toEqual(['a']);
    one.show(['b'], true);
    expect(one.shown).toEqual(['a', 'b']);
  });

  it('moves columns before others, to the end, and by places', () => {
    const one = layout();
    one.move('d', 'b');
    expect(one.order).toEqual(['a', 'd', 'b', 'c']);
    one.move('a', null);
    expect(one.order).toEqual(['d', 'b', 'c', 'a']);
    one.shift('c', -9);
    expect(one.order).toEqual(['c', 'd', 'b', 'a']);
    one.move('x', 'a');
    expect(one.order).toHaveLength(4);
  });

  it('keeps a column free to scroll', () => {
    const one = layout();
    one.freeze(7);
    expect(one.frozen).toBe(3);
    one.show(['a', 'b', 'c'], false);
    expect(one.frozen).toBe(0);
  });

  it('takes new columns at the end and forgets those that are gone', () => {
    const one = layout();
    one.move('d', 'a');
    one.show(['b'], false);
    one.setNames(['a', 'b', 'c', 'e']);
    expect(one.order).toEqual(['a', 'b', 'c', 'e']);
    expect(one.shown).toEqual(['a', 'c', 'e']);
  });

  it('comes back from what was stored, whatever that is', () => {
    const one = layout();
    one.move('c', 'a');
    one.show(['b'], false);
    one.freeze(1);
    const other = layout();
    other.restore(JSON.parse(JSON.stringify(one.state)) as object);
    expect([other.shown, other.frozen]).toEqual([['c', 'a', 'd'], 1]);
    other.restore({ order: ['d', 'd', 'x'], hidden: ['a', 'b', 'c', 'd'], frozen: NaN });
    expect(other.shown).toEqual(['d']);
    other.reset();
    expect(other.isPlain).toBe(true);
    expect(other.state).toEqual({});
  });
});
