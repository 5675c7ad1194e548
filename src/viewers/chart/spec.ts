/** What a chart shows, as JSON: for layouts, links and code. */

import type { SourceColumn, TableView } from '../source';

/** How rows are drawn. */
export type TraceKind = 'scatter' | 'density' | 'histogram' | 'lightcurve' | 'line';
/** What a density shows of each cell. */
export type Statistic = 'count' | 'mean' | 'sum' | 'min' | 'max';
/** The names of the colour maps. */
export type MapName = 'viridis' | 'cividis' | 'magma' | 'grey';

/** All kinds, with the words for them. */
export const KINDS: ReadonlyArray<readonly [TraceKind, string]> = [
  ['scatter', 'Scatter'],
  ['density', 'Density (2-D histogram)'],
  ['histogram', 'Histogram'],
  ['lightcurve', 'Light curve'],
  ['line', 'Line']
];
export const STATISTICS: readonly Statistic[] = ['count', 'mean', 'sum', 'min', 'max'];
export const MAPS: readonly MapName[] = ['viridis', 'cividis', 'magma', 'grey'];

/** One axis. */
export interface AxisSpec {
  /** Instead of the expression and its unit. */
  readonly label?: string;
  readonly log?: boolean;
  readonly reversed?: boolean;
  /** Its low and high end; everything if there is none. */
  readonly range?: readonly [number, number];
}

/** What may be given by a value expression of ADQL besides the axes. */
export const ENCODINGS = [
  'color',
  'size',
  'shape',
  'xerr',
  'xlow',
  'xhigh',
  'yerr',
  'ylow',
  'yhigh',
  'upper',
  'lower'
] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** Rows of a result, drawn in one way. */
export interface TraceSpec extends Readonly<Partial<Record<Encoding, string>>> {
  readonly kind: TraceKind;
  /** A value expression of ADQL; a column's name is one. */
  readonly x: string;
  /** The same; histograms have none. */
  readonly y?: string;
  /** The job of the result, if it is not the chart's own. */
  readonly result?: string;
  /** What the legend calls it. */
  readonly name?: string;
  /** Which rows; all if there is none. */
  readonly view?: TableView;
  /** Bands of a light curve, groups of a histogram: an expression. */
  readonly by?: string;
  /** Days; a light curve is folded by it. */
  readonly period?: number;
  /** The time of phase zero. */
  readonly epoch?: number;
  readonly bins?: number;
  /** What a density is of, unless rows are counted. */
  readonly weight?: string;
  readonly statistic?: Statistic;
  readonly map?: MapName;
  /** Whether the colour goes by the logarithm. */
  readonly logcolor?: boolean;
  /** Diameter of the points, pixels. */
  readonly marker?: number;
}

/** A chart. */
export interface ChartSpec {
  readonly version: 1;
  readonly title?: string;
  readonly x: AxisSpec;
  readonly y: AxisSpec;
  readonly traces: readonly TraceSpec[];
  /** Whether the rows are those that the table shows. */
  readonly follow?: boolean;
}

/** Traces of one chart at most, and characters of an expression. */
export const TRACES_MAX = 12;
const TEXT_MAX = 20_000;
/** Bins of a histogram unless the chart says. */
export const BINS = 60;
export const BINS_MAX = 2000;

/** Why something is no chart. */
export class SpecError extends Error {}

const NUMBERS = new Set(['unsignedByte', 'short', 'int', 'long', 'float', 'double']);

/** Whether a column is one number a row. */
export function isNumber(column: SourceColumn): boolean {
  const single = !column.arraysize || column.arraysize === '1';
  if (column.datatype) {
    return single && NUMBERS.has(column.datatype);
  }
  return /^(u?int\d+|float|double|halffloat)$/.test(column.arrow ?? '');
}

/** Whether a column is an instant. */
export function isTime(column: SourceColumn): boolean {
  return column.xtype === 'timestamp' || /^timestamp/.test(column.arrow ?? '');
}

/** Whether a column can lie along an axis. */
export function isAxis(column: SourceColumn): boolean {
  return isNumber(column) || isTime(column);
}

function ucdHas(column: SourceColumn, word: string): boolean {
  return (column.ucd ?? '')
    .toLowerCase()
    .split(';')
    .some(one => one.trim().startsWith(word));
}

/** Whether it is a magnitude: brighter is less. */
export function isMagnitude(column: SourceColumn): boolean {
  const named = !column.unit && !column.ucd && /mag$/i.test(column.name);
  const mag = ucdHas(column, 'phot.mag') || column.unit === 'mag' || named;
  return mag && !isColour(column) && !isError(column);
}

function isColour(column: SourceColumn): boolean {
  return (
    ucdHas(column, 'phot.color') || /^([ugrizy]|bp|rp|g)_([ugrizy]|bp|rp|g)$/i.test(column.name)
  );
}

function isError(column: SourceColumn): boolean {
  return ucdHas(column, 'stat.error') || /(_error|err|_sigma)$/i.test(column.name);
}

function isIdentifier(column: SourceColumn): boolean {
  return ucdHas(column, 'meta.id') || /(^|_)id$|Id$|^id_/.test(column.name);
}

/** The column that fits best: the first test that any of them passes decides. */
function find(
  columns: readonly SourceColumn[],
  ...tests: ReadonlyArray<(column: SourceColumn) => boolean>
): SourceColumn | undefined {
  for (const test of tests) {
    const found = columns.find(test);
    if (found) {
      return found;
    }
  }
  return undefined;
}

/** The columns of the position. */
export function position(
  columns: readonly SourceColumn[]
): readonly [SourceColumn, SourceColumn] | undefined {
  const axis = (ucd: string, names: RegExp): SourceColumn | undefined =>
    find(
      columns.filter(one => isNumber(one) && !isError(one)),
      one => ucdHas(one, ucd) && ucdHas(one, 'meta.main'),
      one => ucdHas(one, ucd),
      one => names.test(one.name)
    );
  const ra = axis('pos.eq.ra', /^(coord_?)?ra(_?icrs|j2000)?$/i);
  const dec = axis('pos.eq.dec', /^(coord_?)?de(c|)(_?icrs|j2000)?$/i);
  return ra && dec ? [ra, dec] : undefined;
}

/** The columns of a light curve. */
function lightcurve(columns: readonly SourceColumn[]): TraceSpec | undefined {
  const time = find(
    columns,
    one => isTime(one) && !/create|update|insert/i.test(one.name),
    one => isNumber(one) && ucdHas(one, 'time.epoch'),
    one => isNumber(one) && /mjd|^jd$|^bjd$/i.test(one.name)
  );
  const band = find(
    columns,
    one => ucdHas(one, 'instr.bandpass') && !isNumber(one),
    one => /^(band|filter|filtername)$/i.test(one.name) && !isNumber(one)
  );
  const values = columns.filter(one => isNumber(one) && !isError(one));
  const value = find(
    values,
    isMagnitude,
    one => ucdHas(one, 'phot.flux'),
    one => /flux|mag$/i.test(one.name)
  );
  if (!time || !band || !value) {
    return undefined;
  }
  const yerr = columns.find(
    one =>
      isNumber(one) &&
      [`${value.name}_error`, `${value.name}Err`, `${value.name}_err`].includes(one.name)
  );
  const errors = yerr ? { yerr: yerr.name } : {};
  return { kind: 'lightcurve', x: time.name, y: value.name, by: band.name, ...errors };
}

/** How an axis along a column runs. */
export function axisFor(columns: readonly SourceColumn[], text = ''): AxisSpec {
  const column = columns.find(one => one.name === text);
  const reversed = column && (isMagnitude(column) || ucdHas(column, 'pos.eq.ra'));
  return reversed ? { reversed } : {};
}

/** A column for the other axis. */
export function otherAxis(columns: readonly SourceColumn[], x: string): string {
  const others = columns.filter(one => isAxis(one) && one.name !== x);
  return (others.find(one => !isIdentifier(one) && !isError(one)) ?? others[0])?.name ?? x;
}

/** A chart that makes sense for these columns; `null` if none has a place on an axis. */
export function defaultChart(columns: readonly SourceColumn[]): ChartSpec | null {
  const curve = lightcurve(columns);
  if (curve) {
    return chartOf(columns, curve);
  }
  const place = position(columns);
  if (place) {
    return chartOf(columns, { kind: 'scatter', x: place[0].name, y: place[1].name });
  }
  const axes = columns.filter(isAxis);
  const useful = axes.filter(one => !isIdentifier(one) && !isError(one));
  const [first, second] = useful.length > 0 ? useful : axes;
  const colour = useful.find(isColour);
  const magnitude = useful.find(isMagnitude);
  if (colour && magnitude) {
    return chartOf(columns, { kind: 'scatter', x: colour.name, y: magnitude.name });
  }
  if (first && second) {
    return chartOf(columns, { kind: 'scatter', x: first.name, y: second.name });
  }
  return first ? chartOf(columns, { kind: 'histogram', x: first.name }) : null;
}

/** A chart of one trace, its axes as suits its columns. */
export function chartOf(columns: readonly SourceColumn[], trace: TraceSpec): ChartSpec {
  const backwards = trace.kind === 'scatter' || trace.kind === 'density' || trace.kind === 'line';
  return {
    version: 1,
    x: backwards ? axisFor(columns, trace.x) : {},
    y: trace.kind === 'histogram' ? {} : axisFor(columns, trace.y),
    traces: [trace],
    follow: true
  };
}

/** Whether a trace is folded by its period. */
export function isFolded(trace: TraceSpec): boolean {
  return trace.kind === 'lightcurve' && trace.period !== undefined && trace.period > 0;
}

/** Whether rows are drawn along one axis only. */
export function isHistogram(spec: ChartSpec): boolean {
  return spec.traces[0]?.kind === 'histogram';
}

type Fields = Readonly<Record<string, unknown>>;

function fields(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new SpecError(`${what} is missing.`);
  }
  return value as Fields;
}

function text(value: unknown, what: string): string | undefined {
  if (value === undefined || value === null || value === '') {
    return undefined;
  }
  if (typeof value !== 'string' || value.length > TEXT_MAX) {
    throw new SpecError(`${what} is no text.`);
  }
  return value;
}

function number(value: unknown, what: string): number | undefined {
  if (value === undefined || value === null) {
    return undefined;
  }
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    throw new SpecError(`${what} is no number.`);
  }
  return value;
}

function oneOf<T extends string>(value: unknown, all: readonly T[], what: string): T | undefined {
  if (value === undefined) {
    return undefined;
  }
  const found = all.find(one => one === value);
  if (!found) {
    throw new SpecError(`${what} must be one of ${all.join(', ')}.`);
  }
  return found;
}

/** Leave out what is not said. */
function said<T extends object>(value: T): T {
  return Object.fromEntries(
    Object.entries(value).filter(([, one]) => one !== undefined && one !== false)
  ) as T;
}

function parseAxis(value: unknown, what: string): AxisSpec {
  const given = fields(value ?? {}, what);
  let range: [number, number] | undefined;
  if (Array.isArray(given.range)) {
    const [low, high] = (given.range as unknown[]).map(one => number(one, `The range of ${what}`));
    if (low === undefined || high === undefined || !(low < high)) {
      throw new SpecError(`The range of ${what} is empty.`);
    }
    range = [low, high];
  }
  return said({
    label: text(given.label, `The label of ${what}`),
    log: given.log === true,
    reversed: given.reversed === true,
    range
  });
}

function parseTrace(value: unknown): TraceSpec {
  const given = fields(value, 'A trace');
  const kind = oneOf(
    given.kind,
    KINDS.map(([one]) => one),
    'The kind of a trace'
  );
  const x = text(given.x, 'The x axis');
  const y = text(given.y, 'The y axis');
  if (!kind || !x || (kind !== 'histogram' && !y)) {
    throw new SpecError('A trace needs a kind and its axes.');
  }
  const view = given.view === undefined ? undefined : fields(given.view, 'A view');
  const encodings = Object.fromEntries(
    ENCODINGS.map(name => [name, text(given[name], `“${name}”`)])
  );
  const bins = number(given.bins, 'The number of bins');
  return said({
    kind,
    x,
    y: kind === 'histogram' ? undefined : y,
    result: text(given.result, 'A result'),
    name: text(given.name, 'The name of a trace'),
    view: view && { sort: [], filter: [], ...view },
    by: text(given.by, '“by”'),
    period: number(given.period, 'The period'),
    epoch: number(given.epoch, 'The epoch'),
    bins: bins && Math.max(1, Math.min(BINS_MAX, Math.round(bins))),
    weight: text(given.weight, '“weight”'),
    statistic: oneOf(given.statistic, STATISTICS, 'The statistic'),
    map: oneOf(given.map, MAPS, 'The colour map'),
    logcolor: given.logcolor === true,
    marker: number(given.marker, 'The size of the points'),
    ...encodings
  });
}

/**
 * Read a chart that came from a layout or a link.
 *
 * Throws a `SpecError` that says what is wrong.
 */
export function parseChart(value: unknown): ChartSpec {
  const given = fields(value, 'The chart');
  const traces: readonly unknown[] = Array.isArray(given.traces) ? given.traces : [];
  if (given.version !== 1 || traces.length === 0 || traces.length > TRACES_MAX) {
    throw new SpecError('This chart is from another version of the science platform.');
  }
  return said({
    version: 1 as const,
    title: text(given.title, 'The title'),
    x: parseAxis(given.x, 'the x axis'),
    y: parseAxis(given.y, 'the y axis'),
    traces: traces.map(parseTrace),
    follow: given.follow === true
  });
}
