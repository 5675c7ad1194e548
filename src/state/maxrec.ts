/** The number of rows that a result may have, as people write it. */

import { PlatformError } from '../api/errors';

/** Read a row limit as people write it: `1000`, `1 000`, `10k`, `1M`. */
export function parseMaxrec(text: string): number {
  const match = /^(-?\d+(?:\.\d+)?)([kKM]?)$/.exec(text.replace(/[\s,_]/g, ''));
  const value = match
    ? Number(match[1]) * { '': 1, k: 1e3, K: 1e3, M: 1e6 }[match[2] as '' | 'k' | 'K' | 'M']
    : NaN;
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new PlatformError({
      code: 'ParameterError',
      message: `“${text}” is not a number of rows.`,
      hint: 'Write a whole number such as 1000, 10k or 1M, or leave it empty.'
    });
  }
  return value;
}
