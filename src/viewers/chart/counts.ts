/** Rows that were counted, in cells and in bins, as Plotly draws them. */

import { accents, groupColour, parseColour, seriesColour } from './colours';
import { colourBar, plain, traceName } from './drawn';
import type { Attributes, ChartTheme, Part } from './drawn';
import { colourRange, picture } from './image';
import type { Paint } from './image';
import type { Counts, Grid } from './load';
import type { Density } from './source';
import type { ChartSpec, Statistic, TraceSpec } from './spec';

/** Rows in the cells of a grid. */
export function gridPart(
  spec: ChartSpec,
  trace: TraceSpec,
  { grid, dense, chosen }: Grid,
  index: number,
  of: number,
  theme: ChartTheme
): Part {
  const statistic: Statistic = dense || !trace.weight ? 'count' : (trace.statistic ?? 'count');
  const log = statistic === 'count' ? true : (trace.logcolor ?? false);
  const single = of > 1 ? seriesColour(index, theme.dark) : undefined;
  const { x, y } = spec;
  const paint: Paint = {
    map: trace.map ?? 'viridis',
    colour: single,
    statistic,
    log,
    reverseX: x.reversed ?? false,
    reverseY: y.reversed ?? false
  };
  const at = (value: number, usesLog: boolean | undefined): number =>
    usesLog ? Math.log10(value) : value;
  const [x0, x1, y0, y1] = grid.box;
  const xs = [at(x0, x.log), at(x1, x.log)];
  const ys = [at(y0, y.log), at(y1, y.log)];
  const image = (of: Density, how: Paint, opacity: number): Attributes => ({
    source: picture(of, how),
    opacity,
    xref: 'x',
    yref: 'y',
    x: x.reversed ? xs[1] : xs[0],
    y: y.reversed ? ys[0] : ys[1],
    // Plotly takes two pictures in the same place for one.
    sizex: (xs[1] - xs[0]) * (1 + 1e-9 * (2 * index + (how === paint ? 0 : 1))),
    sizey: ys[1] - ys[0],
    xanchor: 'left',
    yanchor: 'top',
    sizing: 'stretch',
    layer: 'below'
  });
  const images = [image(grid, paint, chosen ? 0.4 : 1)];
  if (chosen) {
    const colour = accents(theme.dark).selected;
    const how: Paint = { ...paint, colour, statistic: 'count', log: true };
    images.push(image(chosen.of, how, 1));
  }
  const [low, high] = colourRange(grid, paint);
  const usesLog = log && low > 0;
  const title = statistic === 'count' ? 'Rows per cell' : `${statistic} of ${trace.weight ?? ''}`;
  const bar = colourBar(
    trace,
    title,
    usesLog ? [Math.log10(low), Math.log10(high)] : [low, high],
    theme
  );
  if (usesLog) {
    Object.assign(bar.colorbar as Attributes, decades(Math.log10(low), Math.log10(high)));
  }
  // A point that nobody sees holds the colour bar.
  const holder: Attributes = {
    type: 'scatter',
    mode: 'markers',
    x: [x0],
    y: [y0],
    name: plain(traceName(trace)),
    showlegend: of > 1,
    marker: single
      ? { color: single, size: 8 }
      : { ...bar, color: [bar.cmin], size: 0, opacity: 0 },
    ...(single ? { visible: 'legendonly' } : {}),
    hoverinfo: 'skip'
  };
  return { data: [holder], images, xs: [[x0, x1]], ys: [[y0, y1]] };
}

/** Ticks of a colour bar that goes by the logarithm. */
function decades(low: number, high: number): Attributes {
  const steps = high - low > 2 ? [1] : high - low > 1 ? [1, 3] : [1, 2, 5];
  const values: number[] = [];
  for (let power = Math.floor(low); power <= high; power += 1) {
    values.push(...steps.map(step => step * 10 ** power));
  }
  const shown = values.filter(
    one => Math.log10(one) >= low - 1e-9 && Math.log10(one) <= high + 1e-9
  );
  return {
    tickmode: 'array',
    tickvals: shown.map(Math.log10),
    ticktext: shown.map(one => one.toLocaleString('en'))
  };
}

/** Rows in bins. */
export function countsPart(
  spec: ChartSpec,
  trace: TraceSpec,
  { counts, chosen }: Counts,
  index: number,
  of: number,
  theme: ChartTheme
): Part {
  const { edges, values, groups } = counts;
  const log = spec.y.log ?? false;
  let most = 1;
  const data = counts.counts.map((list, place): Attributes => {
    const known = place < groups.length ? groups[place] : '(others)';
    const apart = groups.length > 1 || counts.others || groups[0] !== '';
    const name = known ?? '(none)';
    const colour =
      place >= groups.length
        ? theme.faint
        : apart
          ? groupColour(name, place, theme.dark)
          : seriesColour(index, theme.dark);
    most = Math.max(most, ...list);
    const common = {
      name: plain(apart ? name : traceName(trace)),
      showlegend: apart || of > 1,
      hoverinfo: 'skip'
    };
    if (edges.length === 0) {
      return { type: 'bar', x: values.map(plain), y: list, marker: { color: colour }, ...common };
    }
    return { ...steps(edges, list, log, colour, apart ? 0.15 : 0.35), ...common };
  });
  if (chosen) {
    const colour = accents(theme.dark).selected;
    const list = chosen.of.counts[0] ?? [];
    const how = { name: 'selected', showlegend: false, hoverinfo: 'skip' };
    data.push({ ...steps(chosen.of.edges, list, log, colour, 0.6), ...how });
  }
  const low = log ? 0.7 : 0;
  const xs: [number, number][] = edges.length > 0 ? [[edges[0], edges[edges.length - 1]]] : [];
  return { data, images: [], xs, ys: [[low, most]] };
}

/** A list of counts as steps. */
function steps(
  edges: readonly number[],
  list: readonly number[],
  log: boolean,
  colour: string,
  opacity: number
): Attributes {
  const floor = log ? 0.5 : 0;
  // From the axis up, along the tops, and down again.
  const x = [edges[0], ...edges, edges[edges.length - 1]];
  const y = [floor, ...list, list[list.length - 1] ?? floor, floor];
  const [red, green, blue] = parseColour(colour);
  return {
    type: 'scatter',
    mode: 'lines',
    x,
    y: y.map(one => Math.max(one, floor)),
    line: { shape: 'hv', color: colour, width: 1.5 },
    fill: log ? 'toself' : 'tozeroy',
    fillcolor: `rgba(${red},${green},${blue},${opacity})`
  };
}
