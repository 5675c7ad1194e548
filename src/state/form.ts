/** A search without writing a line: what the form holds, and the ADQL it says. */

import type { ColumnInfo, TableInfo } from '../api/models';
import { kindOf } from '../viewers/cells';
import type { Kind } from '../viewers/cells';
import { FilterError, parseFilter } from '../viewers/filters';
import type { Condition, SortKey } from '../viewers/source';
import { quoteName, quoteTable } from './adql';
import { degrees, parsePosition, toIcrs } from './positions';
import type { Frame, Position } from './positions';

/** Units of angles that the form offers, in degrees. */
export const UNITS = { deg: 1, arcmin: 1 / 60, arcsec: 1 / 3600 } as const;
export type Unit = keyof typeof UNITS;

/** Rows of a search whose limit is left out. */
export const LIMIT = 1000;

/** Around one place. */
export interface Cone {
  readonly shape: 'cone';
  /** As it was written: a position, or a name. */
  readonly at: string;
  readonly frame: Frame;
  readonly radius: number;
  readonly unit: Unit;
}

/** As wide and high on the sky as it says at its centre. */
export interface Box {
  readonly shape: 'box';
  readonly at: string;
  readonly frame: Frame;
  readonly width: number;
  readonly height: number;
  readonly unit: Unit;
}

/** Inside of great circles. */
export interface Polygon {
  readonly shape: 'polygon';
  /** A position a line. */
  readonly vertices: string;
  readonly frame: Frame;
}

/** Around each position of another table. */
export interface Near {
  readonly shape: 'list';
  /** As queries write it: `mydb.targets`, `job."…"`. */
  readonly table: string;
  readonly ra: string;
  readonly dec: string;
  readonly radius: number;
  readonly unit: Unit;
}

/** Where on the sky. */
export type Region = Cone | Box | Polygon | Near;

/** What one column must hold, as it is typed above a table's column. */
export interface Constraint {
  readonly column: string;
  readonly text: string;
}

/** A search. */
export interface Form {
  /** As the catalogue names it. */
  readonly table: string;
  /** Columns that come back; all of them if there is none. */
  readonly columns: readonly string[];
  readonly region: Region | null;
  readonly where: readonly Constraint[];
  readonly order: readonly SortKey[];
  /** Rows at most. */
  readonly limit: number | null;
}

/** A search of everything in a table. */
export function formOf(table: string): Form {
  return { table, columns: [], region: null, where: [], order: [], limit: LIMIT };
}

/** What is wrong with a form; `place` says with which part of it. */
export class FormError extends Error {
  override readonly name = 'FormError';

  constructor(
    /** `table`, `region`, `limit`, or the name of a column. */
    readonly place: string,
    message: string
  ) {
    super(message);
  }
}

/** Positions of names, ICRS degrees. */
export type Named = (name: string) => Position | undefined;

/** How a column is filtered. */
export function kindOfColumn(column: ColumnInfo): Kind {
  return kindOf(column);
}

/** Whether a column counts days since 1858-11-17 (MJD). */
export function isMjd(column: ColumnInfo): boolean {
  return column.unit === 'd' && /^time\.(epoch|start|end)/.test((column.ucd ?? '').toLowerCase());
}

/** Days from 1858-11-17 to 1970-01-01. */
const MJD_1970 = 40_587;
const DATE = /\d{4}-\d{1,2}(?:-\d{1,2}(?:[T ]\d{1,2}(?::\d{1,2}(?::\d{1,2}(?:\.\d+)?)?)?Z?)?)?/g;

/** Dates in a text as MJD. They are taken as they stand: leap seconds are not counted. */
export function datesAsMjd(text: string): string {
  return text.replace(DATE, date => {
    const [day, time = ''] = date.replace(/Z$/, '').split(/[T ]/);
    const [year, month = 1, dayOfMonth = 1] = day.split('-').map(Number);
    const [hour = 0, minute = 0, second = 0] = time ? time.split(':').map(Number) : [];
    const days = Date.UTC(year, month - 1, dayOfMonth) / 86_400_000 + MJD_1970;
    return String(Number((days + (hour + (minute + second / 60) / 60) / 24).toFixed(9)));
  });
}

function literal(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean'
    ? String(value).toUpperCase().replace('E+', 'E')
    : `'${String(value).replace(/'/g, "''")}'`;
}

/** Integers beyond 2^53 come as text and are written as numbers. */
function written(value: unknown, kind: Kind): string {
  return kind === 'integer' && typeof value === 'string' ? value : literal(value);
}

/** A condition as ADQL. */
export function conditionText([column, op, value]: Condition, kind: Kind, prefix = ''): string {
  const name = prefix + quoteName(column);
  const list = Array.isArray(value)
    ? (value as readonly unknown[]).map(one => written(one, kind))
    : [];
  switch (op) {
    case 'isnull':
      return `${name} IS NULL`;
    case 'notnull':
      return `${name} IS NOT NULL`;
    case 'between':
      return `${name} BETWEEN ${list[0]} AND ${list[1]}`;
    case 'in':
      return `${name} IN (${list.join(', ')})`;
    case 'contains':
      return `${name} LIKE ${literal(`%${String(value)}%`)}`;
    case 'startswith':
      return `${name} LIKE ${literal(`${String(value)}%`)}`;
    case '!=':
      return `${name} <> ${written(value, kind)}`;
    default:
      return `${name} ${op} ${written(value, kind)}`;
  }
}

/** The conditions of one constraint. */
export function conditionsOf(column: ColumnInfo, text: string): Condition[] {
  const kind = kindOfColumn(column);
  const lines = text.trim().replace(/\s*\n\s*/g, ', ');
  try {
    return parseFilter(column.name, isMjd(column) ? datesAsMjd(lines) : lines, kind);
  } catch (reason) {
    if (reason instanceof FilterError) {
      throw new FormError(column.name, reason.message);
    }
    throw reason;
  }
}

function size(value: number, unit: Unit, what: string, most: number): number {
  const angle = value * UNITS[unit];
  if (!(angle > 0) || angle > most) {
    throw new FormError('region', `The ${what} is an angle above 0 and up to ${most}°.`);
  }
  return angle;
}

function centre(region: Cone | Box, named: Named): Position {
  const text = region.at.trim();
  if (!text) {
    throw new FormError('region', 'Where? Write a position, such as “10.68 41.27”, or a name.');
  }
  const found = parsePosition(text, region.frame) ?? named(text);
  if (!found) {
    throw new FormError('region', `“${text}” is neither a position nor a name that is known.`);
  }
  return found;
}

/** A name is a position in ICRS, whatever frame is chosen. */
function inIcrs(region: Cone | Box, named: Named): Position {
  const found = centre(region, named);
  return parsePosition(region.at, region.frame) ? toIcrs(found, region.frame) : found;
}

/** Vertices on each edge of a box that is not along right ascension. */
const STEPS = 8;

function boxText(region: Box, ra: string, dec: string, named: Named): string {
  const width = size(region.width, region.unit, 'width', 360);
  const height = size(region.height, region.unit, 'height', 180);
  const given = parsePosition(region.at, region.frame);
  const frame: Frame = given ? region.frame : 'ICRS';
  const [lon, lat] = given ?? centre(region, named);
  const half = Math.min(180, width / 2 / Math.max(1e-9, Math.cos((lat * Math.PI) / 180)));
  const [low, high] = [lat - height / 2, lat + height / 2];
  if (frame === 'ICRS') {
    const rows = `${dec} BETWEEN ${degrees(Math.max(-90, low))} AND ${degrees(Math.min(90, high))}`;
    if (half >= 180) {
      return rows;
    }
    const [from, to] = [(lon - half + 360) % 360, (lon + half + 360) % 360].map(degrees);
    return Number(from) <= Number(to)
      ? `${ra} BETWEEN ${from} AND ${to}\n  AND ${rows}`
      : `(${ra} >= ${from} OR ${ra} <= ${to})\n  AND ${rows}`;
  }
  if (low <= -90 || high >= 90 || half >= 90) {
    throw new FormError('region', `A box in ${frame} coordinates may not reach a pole.`);
  }
  const edge = Array.from({ length: STEPS }, (_, k) => lon - half + (2 * half * k) / STEPS);
  const lower = edge.map((one): Position => [one, low]);
  // The upper edge runs back from where the lower one ends.
  const upper = edge.map((one): Position => [2 * lon - one, high]);
  const outline: Position[] = [...lower, [lon + half, low], ...upper, [lon - half, high]];
  return polygonText(
    outline.map(one => toIcrs(one, frame)),
    ra,
    dec
  );
}

function polygonText(vertices: readonly Position[], ra: string, dec: string): string {
  const listed = vertices.map(one => one.map(degrees).join(', ')).join(', ');
  return `CONTAINS(POINT('ICRS', ${ra}, ${dec}), POLYGON('ICRS', ${listed})) = 1`;
}

/** The positions of a list of them, a line each. */
export function verticesOf(region: Polygon): Position[] {
  const lines = region.vertices.split('\n').filter(line => line.trim() !== '');
  const vertices = lines.map((line, k) => {
    const found = parsePosition(line, region.frame);
    if (!found) {
      throw new FormError('region', `Vertex ${k + 1}, “${line.trim()}”, is no position.`);
    }
    return toIcrs(found, region.frame);
  });
  if (vertices.length < 3) {
    throw new FormError('region', 'A polygon has three vertices at least, a line each.');
  }
  return vertices;
}

function regionText(region: Region, ra: string, dec: string, named: Named): string {
  if (region.shape === 'box') {
    return boxText(region, ra, dec, named);
  }
  if (region.shape === 'polygon') {
    return polygonText(verticesOf(region), ra, dec);
  }
  const radius = degrees(size(region.radius, region.unit, 'radius', 180));
  const middle =
    region.shape === 'cone'
      ? inIcrs(region, named).map(degrees)
      : [`p.${quoteName(region.ra)}`, `p.${quoteName(region.dec)}`];
  const circle = `CIRCLE('ICRS', ${middle.join(', ')}, ${radius})`;
  return `CONTAINS(POINT('ICRS', ${ra}, ${dec}), ${circle}) = 1`;
}

/**
 * The query that a form says.
 *
 * Parameters
 * ----------
 * form: the search.
 * table: what the catalogue says of its table.
 * named: positions of names that were looked up.
 *
 * Throws `FormError` where something is missing or wrong.
 */
export function formText(form: Form, table: TableInfo, named: Named): string {
  const { region } = form;
  const near = region?.shape === 'list' ? region : null;
  const prefix = near ? 't.' : '';
  const columns = new Map(table.columns.map(column => [column.name, column]));
  const known = (name: string): ColumnInfo => {
    const found = columns.get(name);
    if (!found) {
      throw new FormError(name, `${table.name} has no column ${name}.`);
    }
    return found;
  };
  const name = (column: string): string => prefix + quoteName(known(column).name);
  const { limit } = form;
  if (limit !== null && (!Number.isInteger(limit) || limit < 1)) {
    throw new FormError('limit', 'The number of rows is a whole number above 0.');
  }
  const top = limit === null ? '' : ` TOP ${limit}`;
  const chosen = form.columns.length > 0 ? form.columns.map(name) : [near ? `${prefix}*` : '*'];
  const lines = [`SELECT${top} ${wrapped(chosen)}`, `FROM ${quoteTable(table.name)}`];
  const conditions: string[] = [];
  if (region) {
    if (!table.position) {
      throw new FormError('region', `${table.name} has no positions.`);
    }
    const [ra, dec] = table.position.map(name);
    const text = regionText(region, ra, dec, named);
    if (near) {
      if (!near.table) {
        throw new FormError('region', 'Which table has the positions?');
      }
      lines[1] += ' AS t';
      lines.push(`JOIN ${near.table} AS p`, `  ON ${text}`);
    } else {
      conditions.push(text);
    }
  }
  for (const { column, text } of form.where) {
    const info = known(column);
    for (const condition of conditionsOf(info, text)) {
      conditions.push(conditionText(condition, kindOfColumn(info), prefix));
    }
  }
  if (conditions.length > 0) {
    lines.push(`WHERE ${conditions.join('\n  AND ')}`);
  }
  if (form.order.length > 0) {
    const keys = form.order.map(([key, order]) => name(key) + (order === 'desc' ? ' DESC' : ''));
    lines.push(`ORDER BY ${keys.join(', ')}`);
  }
  return lines.join('\n');
}

/** Characters of a line of columns. */
const LINE = 80;

/** Names with commas, on as many lines as they need. */
function wrapped(names: readonly string[]): string {
  const lines: string[] = [''];
  for (const [k, one] of names.entries()) {
    const piece = one + (k < names.length - 1 ? ',' : '');
    const last = lines[lines.length - 1];
    if (last && last.length + piece.length >= LINE) {
      lines.push(piece);
    } else {
      lines[lines.length - 1] = last ? `${last} ${piece}` : piece;
    }
  }
  return lines.join('\n  ');
}
