// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';

import { TableFooter, rowCount, rowsText } from './footer';
import type { FooterState } from './footer';

const STATE: FooterState = {
  shown: [1, 50],
  rows: 482176,
  total: 482176,
  complete: true,
  sort: [],
  filters: [],
  selected: 0,
  busy: '',
  error: '',
  retry: false
};

describe('the line under the table', () => {
  it.each<[Partial<FooterState>, string]>([
    [{}, '1–50 of 482,176 rows'],
    [{ rows: 1200, complete: false }, '1–50 of 1,200 rows so far'],
    [{ rows: 88, filters: ['g'] }, '1–50 of 88 rows (482,176 in all)'],
    [{ rows: 0, total: 0, shown: null }, '0 rows']
  ])('%j reads %j', (change, text) => {
    expect(rowsText({ ...STATE, ...change })).toBe(text);
  });

  it('counts one row as one', () => {
    expect(rowCount(1)).toBe('1 row');
  });

  it('offers to take back what is set, and keeps its buttons while it stands', () => {
    const footer = new TableFooter();
    const asked: string[] = [];
    footer.requested.connect((_, request) => asked.push(request));
    footer.set({ ...STATE, sort: [['ra', 'asc']], filters: ['g'], selected: 3 });
    const buttons = [...footer.node.querySelectorAll('button')];
    footer.set({ ...STATE, sort: [['ra', 'asc']], filters: ['g'], selected: 3, shown: [2, 51] });
    expect([...footer.node.querySelectorAll('button')]).toEqual(buttons);
    buttons.forEach(button => button.click());
    expect(asked).toEqual(['unsort', 'unfilter', 'unselect']);
  });

  it('offers to try again only where that can help', () => {
    const footer = new TableFooter();
    footer.set({ ...STATE, error: '“x” is not a number.' });
    expect(footer.node.querySelector('button')).toBeNull();
    footer.set({ ...STATE, error: 'The server does not answer.', retry: true });
    expect(footer.node.querySelector('button')?.textContent).toBe('Try again');
  });
});
