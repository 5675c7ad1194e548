/** Python that makes the stamps of a wall. */

import { py } from '../chart/code';
import type { Places, WallSpec } from './spec';

/** Text as a Python literal that keeps its lines. */
function longText(text: string): string {
  return text.includes('\n') && !text.includes('"""') && !text.includes('\\')
    ? `"""\n${text}\n"""`
    : py(text);
}

/**
 * The code.
 *
 * Parameters
 * ----------
 * spec: what is shown.
 * places: the columns of the positions.
 * adql: the query that gives the rows of the wall, in its order.
 */
export function wallCode(spec: WallSpec, places: Places, adql: string): string {
  const column = (name: string): string => {
    const values = `rows[${py(name)}]`;
    return places.factor === 1 ? values : `np.degrees(${values})`;
  };
  return [
    ...(places.factor === 1 ? [] : ['import numpy as np']),
    'import lsp_jupyter as lsp',
    '',
    `rows = lsp.query(${longText(adql)}).to_table()`,
    'stamps = lsp.cutouts(',
    `    {"ra": ${column(places.ra)}, "dec": ${column(places.dec)}},`,
    `    radius=${spec.field / 2} / 3600,`,
    `    release=${py(spec.release)},`,
    `    kind=${py(spec.dataset)},`,
    `    band=[${spec.bands.map(py).join(', ')}],`,
    ')',
    'stamps'
  ].join('\n');
}
