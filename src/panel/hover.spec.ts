import { describe, expect, it } from 'vitest';

import type { Candidate } from '../api/models';
import { meant, nameAt } from './hover';

describe('the name under the pointer', () => {
  it.each([
    ['SELECT ra FROM t', 7, 'ra'],
    ['SELECT ra FROM t', 9, 'ra'],
    ['SELECT t.bp_rp', 12, 'bp_rp'],
    ['POINT(ra, dec)', 2, 'POINT']
  ])('%s at %d is %s', (text, at, name) => {
    const place = nameAt(text, at)!;
    expect(text.slice(place.from, place.to)).toBe(name);
  });

  it.each([
    ['a = 123', 5],
    ['a  = b', 2],
    ['', 0]
  ])('%j at %d is none', (text, at) => {
    expect(nameAt(text, at)).toBeNull();
  });
});

it('a name is what can be written in its place', () => {
  const one = (name: string, description: string): Candidate => ({
    kind: 'column',
    name,
    insert: name,
    caret: 0,
    detail: '',
    description
  });
  const all = [one('rad', 'no'), one('RA', ''), one('gaia.source', 'table'), one('ra', 'yes')];
  expect(meant('ra', all)?.description).toBe('yes');
  expect(meant('source', all)?.description).toBe('table');
  expect(meant('nothing', all)).toBeNull();
});
