/** What a chart says of itself in words. */

import { cellAt } from './image';
import type { Loaded } from './load';
import type { ChartSource } from './source';
import type { ChartSpec } from './spec';

/** A trace with its source and its data. */
export interface LoadedTrace {
  readonly source: ChartSource;
  readonly loaded: Loaded;
}

/** A number of rows in words. */
export function rowsText(rows: number): string {
  return rows === 1 ? '1 row' : `${rows.toLocaleString('en')} rows`;
}

/** A number of a few digits. */
export function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** What is drawn. */
export function statusText(traces: readonly LoadedTrace[]): string {
  const parts: string[] = [];
  const first = traces[0]?.loaded;
  if (first?.kind === 'points') {
    const all = traces.reduce(
      (sum, { loaded }) => sum + (loaded.kind === 'points' ? loaded.rows.length : 0),
      0
    );
    parts.push(all === 0 ? 'No row has a place on this chart.' : `${rowsText(all)} as points`);
  } else if (first?.kind === 'grid') {
    const { rows } = first.grid;
    const hint = first.dense ? ', counted in cells; zoom in for points' : ' in cells';
    parts.push(`${rowsText(rows)}${hint}`);
  } else if (first?.kind === 'counts') {
    const { counts, below, above, missing } = first.counts;
    const inside = counts.reduce((sum, list) => sum + list.reduce((a, b) => a + b, 0), 0);
    parts.push(`${rowsText(inside)} in bins`);
    if (below + above > 0) {
      parts.push(`${rowsText(below + above)} outside`);
    }
    if (missing > 0) {
      parts.push(`${rowsText(missing)} without a value`);
    }
  }
  const selected = new Set(traces.map(one => one.source));
  const chosen = [...selected].reduce((sum, one) => sum + one.selection.rows, 0);
  if (chosen > 0) {
    parts.push(`${chosen.toLocaleString('en')} selected`);
  }
  return parts.join(' · ');
}

/** What is at a place of a chart. */
export function placeText(
  spec: ChartSpec,
  traces: readonly LoadedTrace[],
  at: readonly [number, number]
): string {
  const parts = [`x ${short(at[0])}`, `y ${short(at[1])}`];
  for (const { loaded } of traces) {
    if (loaded.kind === 'grid') {
      const { log: logx = false } = spec.x;
      const { log: logy = false } = spec.y;
      const cell = cellAt(loaded.grid, at[0], at[1], logx, logy);
      if (cell !== null && !Number.isNaN(cell)) {
        const counted = loaded.grid.cells instanceof Uint32Array;
        parts.push(counted ? rowsText(cell) : short(cell));
      }
    }
  }
  return parts.join('  ');
}
