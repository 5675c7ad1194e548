/** What a trace needs from its source for the part of it that is on screen. */

import type { Table } from 'apache-arrow';

import { ROW } from '../source';
import { inside } from './image';
import type { Box, ChartSource, Density, Histogram, Plane, PointColumns } from './source';
import { BINS, ENCODINGS, isFolded } from './spec';
import type { ChartSpec, Encoding, TraceSpec } from './spec';

/** Points drawn one by one; beyond that rows are counted in cells. */
export const POINTS_MAX = 10_000;
/** Points of a curve, which cells cannot show. */
export const LINE_MAX = 50_000;
/** Pixels of the screen along a cell of a grid, by the number of rows: few in small cells are noise. */
const CELLS: ReadonlyArray<readonly [rows: number, pixels: number]> = [
  [1_000_000, 2],
  [200_000, 3],
  [50_000, 4],
  [0, 6]
];

/** A further column of points. */
export type Values =
  | { readonly kind: 'number'; readonly values: Float64Array; readonly unit: string }
  | { readonly kind: 'text'; readonly values: ReadonlyArray<string | null> };

/** Points that were loaded. */
export interface PointSet {
  readonly kind: 'points';
  readonly key: string;
  /** Where all rows are among them; `null` if they are all there are. */
  readonly box: Box | null;
  /** Numbers of the rows in the result. */
  readonly rows: Int32Array;
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly units: readonly [string, string];
  readonly columns: Readonly<Partial<Record<Encoding | 'by', Values>>>;
}

/** A grid that was loaded. */
export interface Grid {
  readonly kind: 'grid';
  readonly key: string;
  readonly box: Box | null;
  readonly grid: Density;
  /** Whether points will come when it is zoomed into. */
  readonly dense: boolean;
  /** What was asked for it. */
  readonly asked: string;
  /** The rows that were expected, by which its cells are as large as they are. */
  readonly expected: number;
  readonly chosen: Chosen<Density> | null;
}

/** The same of the selected rows alone. */
export interface Chosen<T> {
  readonly revision: number;
  readonly of: T;
}

/** Rows counted. */
export interface Counts {
  readonly kind: 'counts';
  readonly key: string;
  readonly counts: Histogram;
  readonly asked: string;
  readonly chosen: Chosen<Histogram> | null;
}

export type Loaded = PointSet | Grid | Counts;

/** What a trace's data depend on besides what is on screen. */
export function keyOf(spec: ChartSpec, trace: TraceSpec): string {
  const { kind, x, y, result, view, by, weight, statistic, bins } = trace;
  const rows = view ? { ...view, sort: [] } : null;
  const others = ENCODINGS.map(name => trace[name]);
  const log = [spec.x.log, spec.y.log && kind !== 'histogram'];
  return JSON.stringify([kind, x, y, result, rows, by, weight, statistic, bins, others, log]);
}

/** The axes of a trace. */
export function planeOf(spec: ChartSpec, trace: TraceSpec): Plane {
  const { x, y = trace.x, view } = trace;
  const flat = trace.kind === 'histogram';
  const logy = flat ? spec.x.log : spec.y.log;
  return { view, x, y, logx: spec.x.log ?? false, logy: logy ?? false };
}

/** The part of a chart that is on screen; `null` while it is everything. */
export function boxOf(spec: ChartSpec): Box | null {
  const { range: xs } = spec.x;
  const { range: ys } = spec.y;
  return xs && ys ? [xs[0], xs[1], ys[0], ys[1]] : null;
}

/** Further columns that a trace is drawn with. */
function columnsOf(trace: TraceSpec): PointColumns {
  const out: Partial<Record<Encoding | 'by', string>> = {};
  for (const name of ENCODINGS) {
    if (trace[name]) {
      out[name] = trace[name];
    }
  }
  if (trace.kind === 'lightcurve' && trace.by) {
    out.by = trace.by;
  }
  return out;
}

/** Load what is not there yet. */
export async function load(
  source: ChartSource,
  spec: ChartSpec,
  trace: TraceSpec,
  size: readonly [number, number],
  before: Loaded | null,
  signal: AbortSignal
): Promise<Loaded> {
  const key = keyOf(spec, trace);
  const known = before?.key === key ? before : null;
  if (trace.kind === 'histogram') {
    return counts(source, spec, trace, key, known, signal);
  }
  const box = isFolded(trace) ? null : boxOf(spec);
  const enough =
    known?.kind === 'points' && (!known.box || (box !== null && inside(box, known.box)));
  if (enough) {
    return known;
  }
  const plane = planeOf(spec, trace);
  const curve = trace.kind === 'line' || trace.kind === 'lightcurve';
  const limit = curve ? LINE_MAX : POINTS_MAX;
  const points = async (): Promise<PointSet | null> => {
    const found = await source.points(plane, columnsOf(trace), limit, box ?? undefined, signal);
    return found.rows > limit ? null : pointSet(key, box, found.table);
  };
  const grid = async (): Promise<Grid> => {
    const old = known?.kind === 'grid' ? known : null;
    const here = JSON.stringify(old?.box) === JSON.stringify(box);
    const rows = (here ? old?.expected : old?.grid.rows) ?? source.rows;
    const cell = CELLS.find(([least]) => rows >= least)![1];
    const statistic = trace.statistic ?? 'count';
    const own = trace.kind === 'density' && trace.weight && statistic !== 'count';
    const weight = own ? { weight: trace.weight, statistic } : {};
    const request = {
      box: box ?? undefined,
      width: Math.max(1, Math.round(size[0] / cell)),
      height: Math.max(1, Math.round(size[1] / cell)),
      ...weight
    };
    const dense = trace.kind !== 'density';
    const asked = JSON.stringify(request);
    const same = old?.asked === asked ? old : null;
    const cells = same?.grid ?? (await source.density(plane, request, signal));
    const { width, height } = request;
    const chosen = await chosenOf(source, same, () =>
      source.density({ ...plane, selected: true }, { box: cells.box, width, height }, signal)
    );
    return { kind: 'grid', key, box, grid: cells, dense, asked, expected: rows, chosen };
  };
  if (trace.kind === 'density') {
    return grid();
  }
  // Where many rows are, cells come first: they tell how many rows there are.
  if (!curve && source.rows > limit && (known?.kind === 'grid' || !box)) {
    const cells = await grid();
    return cells.grid.rows > limit ? cells : ((await points()) ?? cells);
  }
  return (await points()) ?? (await grid());
}

async function counts(
  source: ChartSource,
  spec: ChartSpec,
  trace: TraceSpec,
  key: string,
  known: Loaded | null,
  signal: AbortSignal
): Promise<Counts> {
  const { range } = spec.x;
  const ends = range ? { low: range[0], high: range[1] } : {};
  const { view, x, by, bins = BINS } = trace;
  const request = { view, x, bins, log: spec.x.log ?? false, by, ...ends };
  const asked = JSON.stringify(request);
  const same = known?.kind === 'counts' && known.asked === asked ? known : null;
  const found = same?.counts ?? (await source.histogram(request, signal));
  const { edges } = found;
  const chosen =
    edges.length === 0
      ? null
      : await chosenOf(source, same, () => {
          const part = { low: edges[0], high: edges[edges.length - 1], by: undefined };
          return source.histogram({ ...request, ...part, selected: true }, signal);
        });
  return { kind: 'counts', key, counts: found, asked, chosen };
}

/** What is drawn of the selected rows: nothing where none is, the same where they are the same. */
async function chosenOf<T>(
  source: ChartSource,
  before: { readonly chosen: Chosen<T> | null } | null,
  ask: () => Promise<T>
): Promise<Chosen<T> | null> {
  const { rows, revision } = source.selection;
  if (rows === 0) {
    return null;
  }
  return before?.chosen?.revision === revision ? before.chosen : { revision, of: await ask() };
}

/** Points out of an Arrow table. */
export function pointSet(key: string, box: Box | null, table: Table): PointSet {
  const columns: Partial<Record<Encoding | 'by', Values>> = {};
  for (const { name } of table.schema.fields) {
    if (name !== ROW && name !== 'x' && name !== 'y') {
      columns[name as Encoding] = values(table, name);
    }
  }
  const numbers = (name: string): Float64Array => {
    const found = values(table, name);
    return found.kind === 'number' ? found.values : new Float64Array(table.numRows);
  };
  return {
    kind: 'points',
    key,
    box,
    rows: Int32Array.from(numbers(ROW)),
    x: numbers('x'),
    y: numbers('y'),
    units: [unitOf(table, 'x'), unitOf(table, 'y')],
    columns
  };
}

function unitOf(table: Table, name: string): string {
  return table.schema.fields.find(field => field.name === name)?.metadata.get('unit') ?? '';
}

function values(table: Table, name: string): Values {
  const vector = table.getChild(name);
  const length = table.numRows;
  let texts = false;
  const raw = Array.from({ length }, (_, row): unknown => {
    const value: unknown = vector?.get(row);
    texts ||= typeof value === 'string' || typeof value === 'boolean';
    return value ?? null;
  });
  if (texts) {
    return { kind: 'text', values: raw.map(one => (one === null ? null : textOf(one))) };
  }
  const numbers = Float64Array.from(raw, one => {
    const plain = one instanceof Date ? one.getTime() : one;
    return typeof plain === 'number' || typeof plain === 'bigint' ? Number(plain) : NaN;
  });
  return { kind: 'number', values: numbers, unit: unitOf(table, name) };
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'boolean' ? String(value) : '';
}
