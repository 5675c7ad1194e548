import { expect, it } from 'vitest';

import { parseMaxrec } from './maxrec';

it.each([
  ['1000', 1000],
  ['1 000', 1000],
  ['1,000', 1000],
  ['10k', 10_000],
  ['1.5M', 1_500_000],
  ['0', 0]
])('%s is %d rows', (text, rows) => {
  expect(parseMaxrec(text)).toBe(rows);
});

it.each(['many', '-1', '1.5', '1e5', '9'.repeat(20)])('%s is none', text => {
  expect(() => parseMaxrec(text)).toThrow('not a number of rows');
});
