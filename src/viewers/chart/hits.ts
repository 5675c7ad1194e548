/** What is at a place of the window, on a drawn chart. */

import { phase } from './drawn';
import type { PlotElement } from './plotly';
import type { ChartSource } from './source';
import { isFolded } from './spec';
import type { ChartSpec } from './spec';
import type { LoadedTrace } from './status';

/** Pixels from the pointer to a point that is meant. */
export const REACH = 10;

/** A point next to the pointer, and where it is on the chart. */
export interface Near {
  readonly source: ChartSource;
  readonly row: number;
  readonly x: number;
  readonly y: number;
}

/** The values at a place of the window; `null` outside the axes. */
export function valueAt(
  plot: PlotElement,
  clientX: number,
  clientY: number
): readonly [number, number] | null {
  const { xaxis, yaxis } = plot._fullLayout ?? {};
  if (!xaxis || !yaxis || typeof xaxis.p2d !== 'function') {
    return null;
  }
  const box = plot.getBoundingClientRect();
  const px = clientX - box.left - xaxis._offset;
  const py = clientY - box.top - yaxis._offset;
  if (px < 0 || py < 0 || px > xaxis._length || py > yaxis._length) {
    return null;
  }
  const at = [Number(xaxis.p2d(px)), Number(yaxis.p2d(py))] as const;
  return at.every(Number.isFinite) ? at : null;
}

/** The point next to a place of the window. */
export function nearest(
  plot: PlotElement,
  spec: ChartSpec,
  traces: readonly LoadedTrace[],
  clientX: number,
  clientY: number
): Near | null {
  const { xaxis, yaxis } = plot._fullLayout ?? {};
  if (!xaxis || !yaxis || !valueAt(plot, clientX, clientY)) {
    return null;
  }
  const box = plot.getBoundingClientRect();
  const left = box.left + xaxis._offset;
  const top = box.top + yaxis._offset;
  let best = REACH * REACH;
  let found: Near | null = null;
  traces.forEach(({ source, loaded }, i) => {
    if (loaded.kind !== 'points') {
      return;
    }
    const trace = spec.traces[i];
    const folded = isFolded(trace);
    for (let p = 0; p < loaded.rows.length; p += 1) {
      const value = folded ? phase(loaded.x[p], trace.period!, trace.epoch ?? 0) : loaded.x[p];
      const y = top + yaxis.d2p(loaded.y[p]);
      for (const turn of folded ? [0, 1] : [0]) {
        const x = left + xaxis.d2p(value + turn);
        const distance = (x - clientX) ** 2 + (y - clientY) ** 2;
        if (distance < best) {
          best = distance;
          found = { source, row: loaded.rows[p], x: x - box.left, y: y - box.top };
        }
      }
    }
  });
  return found;
}
