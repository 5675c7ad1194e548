/** The part of a chart that is on screen, moved and zoomed. */

import type { PlotElement } from './plotly';
import type { AxisSpec, ChartSpec } from './spec';

/** The low and the high end of an axis, in its own values. */
export type Range = readonly [number, number];

/** An axis zoomed by a factor around its middle, and moved by a share of its length. */
export function moved(axis: AxisSpec, [a, b]: Range, factor: number, by: number): Range {
  const [low, high] = axis.log ? [Math.log10(a), Math.log10(b)] : [a, b];
  const middle = (low + high) / 2 + by * (high - low) * (axis.reversed ? -1 : 1);
  const half = (high - low) / 2 / factor;
  const out = [middle - half, middle + half] as const;
  return axis.log ? [10 ** out[0], 10 ** out[1]] : out;
}

function same(a: Range, b: Range): boolean {
  return a.every(
    (one, i) => Math.abs(one - b[i]) <= 1e-9 * Math.max(Math.abs(one), Math.abs(b[i]))
  );
}

/** Where the person went on a drawn chart; `null` if that is where it was. */
export function lookedAt(
  plot: PlotElement,
  spec: ChartSpec,
  before: readonly [Range, Range]
): readonly [Range, Range] | null {
  const { xaxis, yaxis } = plot._fullLayout ?? {};
  if (!xaxis || !yaxis) {
    return null;
  }
  const read = (axis: AxisSpec, given: Range): Range => {
    const [a, b] = given.map(Number).map(one => (axis.log ? 10 ** one : one));
    return a < b ? [a, b] : [b, a];
  };
  const x = read(spec.x, xaxis.range);
  const y = read(spec.y, yaxis.range);
  const valid = [...x, ...y].every(Number.isFinite) && x[0] < x[1] && y[0] < y[1];
  return valid && !(same(x, before[0]) && same(y, before[1])) ? [x, y] : null;
}
