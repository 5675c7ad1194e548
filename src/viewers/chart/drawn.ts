/** What the parts of a chart have in common. */

import type { RowSelection, SourceColumn } from '../source';
import { colourScale } from './colours';
import type { Loaded } from './load';
import type { TraceSpec } from './spec';

/** A trace or a part of a layout, as Plotly takes it. */
export type Attributes = Record<string, unknown>;

/** Colours and fonts of the page. */
export interface ChartTheme {
  readonly background: string;
  readonly text: string;
  readonly faint: string;
  readonly line: string;
  readonly font: string;
  readonly size: number;
  readonly dark: boolean;
}

/** A trace with what was loaded for it. */
export interface Drawn {
  readonly trace: TraceSpec;
  readonly loaded: Loaded;
  readonly columns: readonly SourceColumn[];
  readonly selection: RowSelection;
  /** The highlighted row of its result. */
  readonly highlight: number | null;
}

/** Characters of a label. */
const LABEL_MAX = 80;

/** Text for Plotly, which reads a little HTML in everything that it writes. */
export function plain(text: string): string {
  const short = text.length > LABEL_MAX ? `${text.slice(0, LABEL_MAX - 1)}…` : text;
  return short.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}

/** The phase of a time, from 0 to 1. */
export function phase(time: number, period: number, epoch: number): number {
  const turns = (time - epoch) / period;
  return turns - Math.floor(turns);
}

/** The least and the most of numbers that are on the axis. */
export function ends(values: Float64Array, log: boolean): [number, number][] {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (Number.isFinite(value) && !(log && value <= 0)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return low <= high ? [[low, high]] : [];
}

/** What a trace becomes, and what it takes of the axes. */
export interface Part {
  readonly data: Attributes[];
  readonly images: Attributes[];
  readonly xs: ReadonlyArray<readonly [number, number]>;
  readonly ys: ReadonlyArray<readonly [number, number]>;
}

/** What the legend calls a trace. */
export function traceName(trace: TraceSpec): string {
  return trace.name ?? (trace.y ? `${trace.y} / ${trace.x}` : trace.x);
}

/** A bar that tells what colours mean. */
export function colourBar(
  trace: TraceSpec,
  title: string,
  [low, high]: readonly [number, number],
  theme: ChartTheme
): Attributes {
  return {
    colorscale: colourScale(trace.map ?? 'viridis'),
    cmin: low,
    cmax: low < high ? high : low + 1,
    showscale: true,
    colorbar: {
      title: { text: plain(title), side: 'right', font: { size: theme.size } },
      thickness: 12,
      outlinewidth: 0,
      tickcolor: theme.faint,
      ticks: 'outside',
      ticklen: 3,
      exponentformat: 'power'
    }
  };
}
