/** Selecting in a folded light curve, whose points are all there. */

import { fromRows, subtract, union } from '../ranges';
import type { Ranges } from '../ranges';
import { phase } from './drawn';
import type { PointSet } from './load';
import type { Region, RegionMode } from './source';
import type { TraceSpec } from './spec';

/** The rows of a folded light curve in a region of the chart. */
export function within(trace: TraceSpec, set: PointSet, region: Region): Ranges {
  const rows: number[] = [];
  for (let i = 0; i < set.rows.length; i += 1) {
    const x = phase(set.x[i], trace.period!, trace.epoch ?? 0);
    if ([x, x + 1].some(one => isIn(one, set.y[i], region))) {
      rows.push(set.rows[i]);
    }
  }
  return fromRows(rows);
}

function isIn(x: number, y: number, region: Region): boolean {
  if ('box' in region) {
    const [x0, x1, y0, y1] = region.box;
    return x >= (x0 ?? x) && x <= (x1 ?? x) && y >= (y0 ?? y) && y <= (y1 ?? y);
  }
  let odd = false;
  const { polygon } = region;
  for (let i = 0, j = polygon.length - 1; i < polygon.length; j = i, i += 1) {
    const [ax, ay] = polygon[i];
    const [bx, by] = polygon[j];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) {
      odd = !odd;
    }
  }
  return odd;
}

/** A selection changed by further rows. */
export function combined(old: Ranges, rows: Ranges, mode: RegionMode): Ranges {
  if (mode === 'new') {
    return rows;
  }
  if (mode === 'add') {
    return union(old, rows);
  }
  if (mode === 'remove') {
    return subtract(old, rows);
  }
  return subtract(old, subtract(old, rows));
}
