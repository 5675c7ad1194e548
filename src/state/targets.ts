/** Lists of positions: which columns have them, and files that are one. */

import { MAX_POSITIONS, parsePosition } from './positions';
import type { Frame } from './positions';

/** Bytes of a file at most that is read as a list; a larger one becomes a table. */
export const LIST_BYTES = 64 * 1024;

interface Named {
  readonly name: string;
  readonly ucd?: string | null;
}

/** What right ascension and declination are called where no UCD tells. */
const RA = /^_?(s_|coord_|mean_?)?ra(j2000|_?icrs|_?deg|_?mean)?$/i;
const DEC = /^_?(s_|coord_|mean_?)?de(c|j2000|_?icrs|c_?deg|c_?mean|cl)$/i;

/** The columns of right ascension and declination; `null` if there are none. */
export function positionColumns(columns: readonly Named[]): readonly [string, string] | null {
  const find = (word: string, name: RegExp): string | undefined => {
    const said = columns.filter(one => one.ucd?.toLowerCase().split(';').includes(word));
    const main = said.find(one => one.ucd?.toLowerCase().includes('meta.main'));
    return (main ?? said[0] ?? columns.find(one => name.test(one.name)))?.name;
  };
  const [lon, lat] = [find('pos.eq.ra', RA), find('pos.eq.dec', DEC)];
  return lon !== undefined && lat !== undefined ? [lon, lat] : null;
}

/**
 * The positions of a text, one a line, as the form takes them; `null` if it is another kind of text.
 *
 * Comments (`#`) and a line of names before the first position are left out.
 */
export function positionLines(text: string, frame: Frame): string | null {
  const lines = text
    .split(/\r?\n/)
    .map(line => line.replace(/#.*$/, '').trim())
    .filter(Boolean);
  const begun = lines[0] !== undefined && !parsePosition(lines[0], frame) ? lines.slice(1) : lines;
  const fit = begun.length > 0 && begun.length <= MAX_POSITIONS;
  return fit && begun.every(line => parsePosition(line, frame)) ? begun.join('\n') : null;
}
