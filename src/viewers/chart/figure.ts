/** Charts as Plotly draws them. */

import { accents } from './colours';
import { countsPart, gridPart } from './counts';
import { plain } from './drawn';
import type { Attributes, ChartTheme, Drawn, Part } from './drawn';
import { pointsPart } from './points';
import { isFolded } from './spec';
import type { AxisSpec, ChartSpec } from './spec';

/** What Plotly draws. */
export interface Figure {
  readonly data: readonly Attributes[];
  readonly layout: Attributes;
  /** The ends of both axes, in their own values. */
  readonly ranges: readonly [readonly [number, number], readonly [number, number]];
}

/** What an axis is called: its label, or expression and unit. */
export function axisTitle(axis: AxisSpec, text: string, unit: string): string {
  return axis.label ?? (unit ? `${text} [${unit}]` : text);
}

/** The ends of some numbers with a little room, for an axis. */
export function extent(
  all: Iterable<readonly [number, number]>,
  log: boolean,
  room = 0.04
): [number, number] {
  let low = Infinity;
  let high = -Infinity;
  for (const [a, b] of all) {
    low = Math.min(low, a);
    high = Math.max(high, b);
  }
  if (!(low <= high)) {
    return log ? [0.1, 10] : [0, 1];
  }
  if (log) {
    const [a, b] = [Math.log10(low), Math.log10(high)];
    const more = b > a ? (b - a) * room : 0.3;
    return [10 ** (a - more), 10 ** (b + more)];
  }
  const more = high > low ? (high - low) * room : Math.abs(low) * 0.05 || 0.5;
  return [low - more, high + more];
}

let drawings = 0;

/** Build everything. */
export function figure(
  spec: ChartSpec,
  drawn: readonly Drawn[],
  theme: ChartTheme,
  mode: string
): Figure {
  const parts = drawn.map((one, index) => partOf(spec, one, index, drawn.length, theme));
  const folded = drawn.some(one => isFolded(one.trace));
  const texts = drawn.some(
    ({ loaded }) => loaded.kind === 'counts' && loaded.counts.edges.length === 0
  );
  const flat = drawn.some(one => one.loaded.kind === 'counts');
  const exact = drawn.every(one => one.loaded.kind === 'grid');
  const { x, y } = spec;
  const xs = folded
    ? ([0, 2] as [number, number])
    : (x.range ??
      extent(
        parts.flatMap(one => one.xs),
        x.log ?? false,
        exact || flat ? 0 : 0.04
      ));
  const tops = extent(
    parts.flatMap(one => one.ys),
    y.log ?? false,
    exact ? 0 : 0.04
  );
  const ys = y.range ?? (flat ? ([y.log ? 0.7 : 0, tops[1]] as const) : tops);
  const first = drawn[0];
  const unit = (text: string | undefined, place: 0 | 1): string => {
    const column = first?.columns.find(one => one.name === text);
    return column?.unit ?? (first?.loaded.kind === 'points' ? first.loaded.units[place] : '');
  };
  const xTitle = folded ? 'Phase' : axisTitle(x, first?.trace.x ?? '', unit(first?.trace.x, 0));
  const yTitle = flat
    ? (y.label ?? 'Rows')
    : axisTitle(y, first?.trace.y ?? '', unit(first?.trace.y, 1));
  const groups = parts.flatMap(one => one.data).filter(one => one.showlegend === true);
  const layout: Attributes = {
    autosize: true,
    title: spec.title
      ? {
          text: plain(spec.title),
          font: { size: theme.size + 2 },
          x: 0.5,
          y: 0.985,
          yanchor: 'top'
        }
      : { text: '' },
    paper_bgcolor: theme.background,
    plot_bgcolor: theme.background,
    font: { family: theme.font, size: theme.size, color: theme.text },
    margin: {
      l: 64,
      r: 24,
      t: (spec.title ? 36 : 16) + (groups.length > 0 ? 20 : 0),
      b: 52,
      pad: 0
    },
    xaxis: axisLayout(x, xs, xTitle, theme, texts, !exact),
    yaxis: axisLayout(flat ? { ...y, reversed: false } : y, ys, yTitle, theme, false, !exact),
    images: parts.flatMap(one => one.images),
    showlegend: groups.length > 0,
    legend: {
      orientation: 'h',
      bgcolor: 'rgba(0,0,0,0)',
      itemsizing: 'constant',
      x: 0,
      y: 1.01,
      yanchor: 'bottom'
    },
    hovermode: false,
    dragmode: mode,
    selectdirection: 'any',
    selections: [],
    newselection: { line: { color: accents(theme.dark).selected, width: 1.5, dash: 'solid' } },
    // What is selected is said by colours, not by Plotly.
    selectionrevision: (drawings += 1),
    uirevision: 'kept'
  };
  return { data: parts.flatMap(one => one.data), layout, ranges: [xs, ys] };
}

function axisLayout(
  axis: AxisSpec,
  range: readonly [number, number],
  title: string,
  theme: ChartTheme,
  texts: boolean,
  grid: boolean
): Attributes {
  const place = (value: number): number => (axis.log ? Math.log10(value) : value);
  const shown = [place(range[0]), place(range[1])];
  return {
    title: { text: plain(title), standoff: 8, font: { size: theme.size } },
    showgrid: grid,
    type: texts ? 'category' : axis.log ? 'log' : 'linear',
    ...(texts ? { autorange: true } : { range: axis.reversed ? shown.reverse() : shown }),
    automargin: true,
    gridcolor: theme.line,
    linecolor: theme.faint,
    tickcolor: theme.faint,
    ticks: 'outside',
    ticklen: 4,
    mirror: true,
    showline: true,
    zeroline: false,
    exponentformat: 'power',
    minexponent: 6,
    separatethousands: true,
    hoverformat: '.6~g'
  };
}

function partOf(spec: ChartSpec, drawn: Drawn, index: number, of: number, theme: ChartTheme): Part {
  const { loaded, trace } = drawn;
  if (loaded.kind === 'counts') {
    return countsPart(spec, trace, loaded, index, of, theme);
  }
  if (loaded.kind === 'grid') {
    return gridPart(spec, trace, loaded, index, of, theme);
  }
  return pointsPart(spec, drawn, loaded, index, of, theme);
}
