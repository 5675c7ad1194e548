/** Points, curves and their errors as Plotly draws them. */

import { contains } from '../ranges';
import { SYMBOLS, accents, groupColour, groupSymbol, seriesColour } from './colours';
import { colourBar, ends, phase, plain, traceName } from './drawn';
import type { Attributes, ChartTheme, Drawn, Part } from './drawn';
import type { PointSet, Values } from './load';
import { isFolded } from './spec';
import type { ChartSpec, TraceSpec } from './spec';

/** Groups told apart by colour at most; the rest has one. */
const GROUPS_MAX = 12;

/** Rows of a set that are drawn together. */
interface Group {
  readonly name: string;
  readonly colour: string;
  readonly symbol: string;
  readonly at: readonly number[];
}

function groupsOf(values: Values | undefined, theme: ChartTheme): Group[] | null {
  if (values?.kind !== 'text') {
    return null;
  }
  const found = new Map<string, number[]>();
  values.values.forEach((value, at) => {
    const name = value ?? '';
    const list = found.get(name);
    if (list) {
      list.push(at);
    } else {
      found.set(name, [at]);
    }
  });
  const order = 'ugrizy';
  const rank = (name: string): number => {
    const place = name.length === 1 ? order.indexOf(name.toLowerCase()) : -1;
    return place < 0 ? order.length : place;
  };
  const all = [...found].sort(
    ([a, one], [b, other]) => rank(a) - rank(b) || other.length - one.length || (a < b ? -1 : 1)
  );
  const groups = all.slice(0, GROUPS_MAX).map(([name, at], place) => ({
    name: name || '(none)',
    colour: groupColour(name, place, theme.dark),
    symbol: groupSymbol(name, place),
    at
  }));
  const rest = all.slice(GROUPS_MAX).flatMap(([, at]) => at);
  if (rest.length > 0) {
    groups.push({ name: '(others)', colour: theme.faint, symbol: 'circle-open', at: rest });
  }
  return groups;
}

/** Where the points of a set are on the chart: folded ones twice. */
export function places(
  trace: TraceSpec,
  set: Pick<PointSet, 'x' | 'y'>,
  at: readonly number[]
): { readonly x: number[]; readonly y: number[]; readonly index: number[] } {
  const index = [...at];
  if (trace.kind === 'line') {
    index.sort((a, b) => set.x[a] - set.x[b]);
  }
  const y = index.map(i => set.y[i]);
  if (!isFolded(trace)) {
    return { x: index.map(i => set.x[i]), y, index };
  }
  const x = index.map(i => phase(set.x[i], trace.period!, trace.epoch ?? 0));
  return { x: [...x, ...x.map(one => one + 1)], y: [...y, ...y], index: [...index, ...index] };
}

function pick(values: Values | undefined, index: readonly number[]): number[] | undefined {
  return values?.kind === 'number' ? index.map(i => values.values[i]) : undefined;
}

/** Error bars of one axis. */
function bars(
  set: PointSet,
  index: readonly number[],
  axis: 'x' | 'y',
  colour: string
): Attributes | undefined {
  const both = pick(set.columns[`${axis}err`], index);
  const low = pick(set.columns[`${axis}low`], index);
  const high = pick(set.columns[`${axis}high`], index);
  if (!both && !low && !high) {
    return undefined;
  }
  const clean = (values: number[] | undefined): number[] =>
    (values ?? index.map(() => 0)).map(one => (Number.isFinite(one) ? Math.abs(one) : 0));
  // What is given for one direction goes before what is given for both.
  const size =
    low || high
      ? { symmetric: false, array: clean(high ?? both), arrayminus: clean(low ?? both) }
      : { symmetric: true, array: clean(both) };
  return { type: 'data', ...size, color: colour, thickness: 1, width: 0, visible: true };
}

/** Diameters of points by a number: from 3 to 18 pixels, their area along with it. */
export function sizes(values: Float64Array): Float64Array {
  const [found] = ends(values, false);
  const [low, high] = found ?? [0, 1];
  const span = high > low ? high - low : 1;
  return values.map(one =>
    Number.isFinite(one) ? Math.sqrt(9 + (324 - 9) * ((one - low) / span)) : 3
  );
}

function truth(values: Values | undefined, i: number): boolean {
  if (!values) {
    return false;
  }
  return values.kind === 'text'
    ? values.values[i]?.toLowerCase() === 'true'
    : Number.isFinite(values.values[i]) && values.values[i] !== 0;
}

/** The points of a trace. */
export function pointsPart(
  spec: ChartSpec,
  { trace, selection, highlight }: Drawn,
  set: PointSet,
  index: number,
  of: number,
  theme: ChartTheme
): Part {
  const every = Array.from(set.rows.keys());
  const { color, shape, size } = set.columns;
  const apart = trace.kind === 'lightcurve' ? set.columns.by : color;
  const groups = groupsOf(apart, theme);
  const single: Group = {
    name: traceName(trace),
    colour: seriesColour(index, theme.dark),
    symbol: 'circle',
    at: every
  };
  const shapes = groupsOf(
    shape?.kind === 'number' ? { kind: 'text', values: [...shape.values].map(String) } : shape,
    theme
  );
  const symbolOf = new Map<number, string>();
  shapes?.forEach((group, place) =>
    group.at.forEach(i => symbolOf.set(i, SYMBOLS[place % SYMBOLS.length]))
  );
  const diameter = trace.marker ?? (every.length > 2000 ? 3 : every.length > 300 ? 5 : 7);
  const diameters = size?.kind === 'number' ? sizes(size.values) : null;
  const symbol = (group: Group, i: number): string =>
    truth(set.columns.upper, i)
      ? 'triangle-down-open'
      : truth(set.columns.lower, i)
        ? 'triangle-up-open'
        : (symbolOf.get(i) ?? group.symbol);
  const limits = Boolean(set.columns.upper ?? set.columns.lower);
  const chosen = every.filter(i => contains(selection.ranges, set.rows[i]));
  const opacity = chosen.length > 0 ? 0.35 : every.length > 2000 ? 0.7 : 0.85;
  const data: Attributes[] = (groups ?? [single]).map((group, place) => {
    const { x, y, index: at } = places(trace, set, group.at);
    const shade = groups ? undefined : pick(color, at);
    const marker: Attributes = {
      size: diameters ? at.map(i => diameters[i]) : diameter,
      symbol: limits || shapes ? at.map(i => symbol(group, i)) : group.symbol,
      color: group.colour,
      opacity,
      line: { width: 0 }
    };
    if (shade) {
      Object.assign(marker, shadeOf(trace, color, shade, theme));
    }
    return {
      type: 'scatter',
      mode: trace.kind === 'line' ? 'lines' : 'markers',
      name: plain(groups && of > 1 ? `${traceName(trace)}: ${group.name}` : group.name),
      legendgroup: `${index}`,
      showlegend: groups !== null || (of > 1 && place === 0),
      x,
      y,
      marker,
      line: { color: group.colour, width: 1.5 },
      error_x: bars(set, at, 'x', group.colour),
      error_y: bars(set, at, 'y', group.colour),
      unselected: { marker: { opacity } },
      hoverinfo: 'skip'
    };
  });
  const accent = accents(theme.dark);
  const mark = (at: readonly number[], marker: Attributes, name: string): Attributes => {
    const { x, y } = places(trace, set, at);
    const mode = 'markers';
    return { type: 'scatter', mode, x, y, marker, name, showlegend: false, hoverinfo: 'skip' };
  };
  if (chosen.length > 0) {
    const marker = {
      size: diameter + 3,
      color: accent.selected,
      line: { width: 1, color: theme.background }
    };
    data.push(mark(chosen, marker, 'selected'));
  }
  const looked = highlight === null ? -1 : set.rows.indexOf(highlight);
  if (looked >= 0) {
    const line = { width: 2, color: accent.highlight };
    data.push(
      mark(
        [looked],
        { size: diameter + 9, symbol: 'circle-open', line, color: accent.highlight },
        'highlight'
      )
    );
  }
  const logx = spec.x.log ?? false;
  return { data, images: [], xs: ends(set.x, logx), ys: ends(set.y, spec.y.log ?? false) };
}

/** Colours by a number, and the bar that tells them. */
function shadeOf(
  trace: TraceSpec,
  values: Values | undefined,
  shade: readonly number[],
  theme: ChartTheme
): Attributes {
  const usesLog = trace.logcolor ?? false;
  const numbers = Float64Array.from(shade, one => (usesLog ? Math.log10(one) : one));
  const [range] = ends(numbers, false);
  const unit = values?.kind === 'number' && values.unit ? ` [${values.unit}]` : '';
  const name = `${trace.color ?? ''}${unit}`;
  return {
    color: [...numbers].map(one => (Number.isFinite(one) ? one : null)),
    ...colourBar(trace, usesLog ? `log ${name}` : name, range ?? [0, 1], theme)
  };
}
