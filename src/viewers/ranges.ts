/** Sets of rows as half-open ranges: ascending, disjoint, never touching. */

/** Half-open row ranges. */
export type Ranges = ReadonlyArray<readonly [number, number]>;

/** No row. */
export const NONE: Ranges = [];

/** Bring any ranges into order: sorted, merged, empty ones dropped. */
export function normalise(ranges: Ranges): Ranges {
  const sorted = ranges.filter(([a, b]) => b > a).sort((x, y) => x[0] - y[0]);
  const out: [number, number][] = [];
  for (const [a, b] of sorted) {
    const last = out[out.length - 1];
    if (last && a <= last[1]) {
      last[1] = Math.max(last[1], b);
    } else {
      out.push([a, b]);
    }
  }
  return out;
}

/** The rows of either set. */
export function union(one: Ranges, other: Ranges): Ranges {
  return normalise([...one, ...other]);
}

/** The rows of the first set that are not in the second. */
export function subtract(from: Ranges, what: Ranges): Ranges {
  const out: [number, number][] = [];
  let j = 0;
  for (const [start, end] of from) {
    let a = start;
    while (j < what.length && what[j][1] <= a) {
      j += 1;
    }
    for (let k = j; k < what.length && what[k][0] < end; k += 1) {
      if (what[k][0] > a) {
        out.push([a, what[k][0]]);
      }
      a = Math.max(a, what[k][1]);
    }
    if (a < end) {
      out.push([a, end]);
    }
  }
  return out;
}

/** Whether a row is in the set. */
export function contains(ranges: Ranges, row: number): boolean {
  let low = 0;
  let high = ranges.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const [a, b] = ranges[middle];
    if (row < a) {
      high = middle - 1;
    } else if (row >= b) {
      low = middle + 1;
    } else {
      return true;
    }
  }
  return false;
}

/** Rows in the set. */
export function count(ranges: Ranges): number {
  return ranges.reduce((sum, [a, b]) => sum + b - a, 0);
}

/** The set of these single rows. */
export function fromRows(rows: Iterable<number>): Ranges {
  return normalise(Array.from(rows, row => [row, row + 1] as const));
}

/** Whether two sets hold the same rows. */
export function equal(one: Ranges, other: Ranges): boolean {
  return (
    one.length === other.length && one.every(([a, b], i) => a === other[i][0] && b === other[i][1])
  );
}
