/** The search form: what it asks for, and the ADQL that says the same. */

import type { TableInfo } from '../api/models';
import { quoteTable } from './adql';
import { FormError, columnName, condition } from './constraints';
import type { Constraint } from './constraints';
import { corners, inIcrs } from './outside';
import { MAX_POSITIONS, parseAngle, parsePosition } from './positions';
import type { AngleUnit, Frame, Position } from './positions';

/** Where on the sky. */
export type Shape = 'none' | 'cone' | 'box' | 'polygon' | 'list' | 'table';

/** A part of the sky; values are as they were typed. */
export interface SkyForm {
  readonly shape: Shape;
  readonly frame: Frame;
  /** Of a cone or box: a position. */
  readonly centre: string;
  /** Of a cone, and around each position of a list or table; outlines need none. */
  readonly radius: string;
  readonly width: string;
  readonly height: string;
  /** Of radius, width and height. */
  readonly unit: AngleUnit;
  /** Corners of a polygon or positions of a list, one a line. */
  readonly positions: string;
  /** A table of positions, as queries write it, and its columns. */
  readonly targets: Targets | null;
  /** Ask the outline of what a row is about, instead of its position. */
  readonly outline: boolean;
}

/** A table with positions in ICRS. */
export interface Targets {
  readonly table: string;
  readonly lon: string;
  readonly lat: string;
}

/** All of the form. */
export interface Form {
  /** As the catalogue calls it. */
  readonly table: string;
  /** Columns of the result; empty for all. */
  readonly columns: readonly string[];
  readonly sky: SkyForm;
  readonly constraints: readonly Constraint[];
  readonly sort: { readonly column: string; readonly descending: boolean } | null;
  /** Rows at most; empty for the server's limit. */
  readonly limit: string;
}

/** Columns from which on a line of the select list is broken. */
const WIDTH = 64;

export const NO_SKY: SkyForm = {
  shape: 'none',
  frame: 'ICRS',
  centre: '',
  radius: '',
  width: '',
  height: '',
  unit: 'deg',
  positions: '',
  targets: null,
  outline: false
};

/** A region of a table that says nothing yet. */
export function skyOf(table: TableInfo): SkyForm {
  return table.outline ? { ...NO_SKY, outline: true } : NO_SKY;
}

/** A form that asks for the first rows of a table. */
export function emptyForm(table: TableInfo): Form {
  const principal = table.columns.filter(column => column.principal).map(column => column.name);
  return {
    table: table.name,
    columns: principal.length > 0 && principal.length < table.columns.length ? principal : [],
    sky: skyOf(table),
    constraints: [],
    sort: null,
    limit: '1000'
  };
}

/**
 * The query of a form.
 *
 * Throws `FormError`, which names the control, if something in it cannot be understood or is
 * missing.
 */
export function writeQuery(form: Form, table: TableInfo): string {
  const joined = form.sky.shape === 'table';
  const prefix = joined ? 's.' : '';
  const conditions: string[] = [];
  const region = skyCondition(form.sky, table, prefix);
  if (region !== null && !joined) {
    conditions.push(region);
  }
  for (const constraint of form.constraints) {
    const column = table.columns.find(one => one.name === constraint.column);
    if (!column) {
      throw new FormError(
        `column:${constraint.column}`,
        `${table.name} has no column “${constraint.column}”.`
      );
    }
    const written = condition(constraint, column, prefix, table.outside);
    if (written !== null) {
      conditions.push(written);
    }
  }
  const top = limitOf(form.limit);
  const names = form.columns.map(name => prefix + columnName(name));
  const lines = [
    `SELECT ${top}${selectList(names.length > 0 ? names : [`${prefix}*`], top)}`.replace(
      ' \n',
      '\n'
    ),
    `FROM ${table.outside ? table.name : quoteTable(table.name)}${joined ? ' AS s' : ''}`
  ];
  if (joined && form.sky.targets) {
    lines.push(`JOIN ${form.sky.targets.table} AS p`, `  ON ${region ?? ''}`);
  }
  conditions.forEach((each, i) => lines.push(`${i ? '  AND' : 'WHERE'} ${each}`));
  if (form.sort) {
    const order = form.sort.descending ? ' DESC' : '';
    lines.push(`ORDER BY ${prefix}${columnName(form.sort.column)}${order}`);
  }
  return lines.join('\n');
}

/** The names, on as many lines as they need. */
function selectList(names: readonly string[], top: string): string {
  const one = names.join(', ');
  if (7 + top.length + one.length <= WIDTH) {
    return one;
  }
  const lines: string[] = [];
  for (const name of names) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + name.length + 2 < WIDTH) {
      lines[lines.length - 1] = `${last}, ${name}`;
    } else {
      lines.push(`  ${name}`);
    }
  }
  return `\n${lines.join(',\n')}`;
}

/** `TOP n `, or nothing. */
function limitOf(text: string): string {
  const clean = text.replace(/[\s,_]/g, '');
  if (clean === '') {
    return '';
  }
  if (!/^\d{1,15}$/.test(clean) || Number(clean) === 0) {
    throw new FormError('limit', `“${text}” is not a number of rows.`);
  }
  return `TOP ${Number(clean)} `;
}

/** The condition on the position; `null` for all of the sky. */
function skyCondition(sky: SkyForm, table: TableInfo, prefix: string): string | null {
  if (sky.shape === 'none') {
    return null;
  }
  const outline = sky.outline ? (table.outline ?? null) : null;
  if (!table.position && !outline) {
    throw new FormError('sky', `${table.name} has no positions to search by.`);
  }
  if (table.outside) {
    return plainRegion(sky, table);
  }
  const here = (table.position ?? []).map(name => prefix + columnName(name)).join(', ');
  const meets = (region: string): string => {
    if (!outline) {
      return `1 = CONTAINS(POINT(${here}), ${region})`;
    }
    const test = /\bPOINT\(/.test(region) ? 'CONTAINS' : 'INTERSECTS';
    return `1 = ${test}(${region}, ${prefix}${columnName(outline)})`;
  };
  const framed = (region: string): string =>
    meets(sky.frame === 'ICRS' ? region : `ivo_geom_transform('${sky.frame}', 'ICRS', ${region})`);
  const around = (centre: string): string =>
    outline && sky.radius.trim() === ''
      ? `POINT(${centre})`
      : `CIRCLE(${centre}, ${angle(sky, 'radius')})`;
  switch (sky.shape) {
    case 'cone':
      return framed(around(position(sky)));
    case 'box':
      return framed(`BOX(${position(sky)}, ${angle(sky, 'width')}, ${angle(sky, 'height')})`);
    case 'polygon': {
      const corners = positions(sky);
      if (corners.length < 3) {
        throw new FormError('positions', 'A polygon has three corners or more, one on each line.');
      }
      return framed(`POLYGON(${corners.join(', ')})`);
    }
    case 'list': {
      const centres = positions(sky);
      if (centres.length === 0) {
        throw new FormError('positions', 'Write a position on each line.');
      }
      const each = centres.map(centre => framed(around(centre)));
      return each.length === 1 ? each[0] : `(${each.join('\n    OR ')})`;
    }
    default: {
      if (!sky.targets) {
        throw new FormError('targets', 'Choose a table of positions.');
      }
      const centre = [sky.targets.lon, sky.targets.lat].map(name => `p.${columnName(name)}`);
      return meets(around(centre.join(', ')));
    }
  }
}

/**
 * The condition on the position as every TAP service reads it (ADQL 2.0 section 2.4.11): in ICRS,
 * and said to be so.
 */
function plainRegion(sky: SkyForm, table: TableInfo): string {
  const here = (table.position ?? []).map(columnName).join(', ');
  const inside = (shape: string, values: readonly string[]): string =>
    `1 = CONTAINS(POINT('ICRS', ${here}), ${shape}('ICRS', ${values.join(', ')}))`;
  const points = (): string[] => positionsOf(sky).map(one => inIcrs(one, sky.frame).join(', '));
  switch (sky.shape) {
    case 'cone':
      return inside('CIRCLE', [...inIcrs(positionOf(sky), sky.frame), angle(sky, 'radius')]);
    case 'box': {
      const [width, height] = (['width', 'height'] as const).map(part => angle(sky, part));
      if (Math.max(Number(width), Number(height)) >= 180) {
        throw new FormError('width', 'A box for an outside service is less than 180 degrees wide.');
      }
      const found = corners(positionOf(sky), Number(width), Number(height), sky.frame);
      return inside('POLYGON', found.flat());
    }
    case 'polygon': {
      const found = points();
      if (found.length < 3) {
        throw new FormError('positions', 'A polygon has three corners or more, one on each line.');
      }
      return inside('POLYGON', found);
    }
    case 'list': {
      const found = points();
      if (found.length === 0) {
        throw new FormError('positions', 'Write a position on each line.');
      }
      const radius = angle(sky, 'radius');
      const each = found.map(one => inside('CIRCLE', [one, radius]));
      return each.length === 1 ? each[0] : `(${each.join('\n    OR ')})`;
    }
    default:
      throw new FormError('targets', 'An outside service cannot read tables of this platform.');
  }
}

function position(sky: SkyForm): string {
  return positionOf(sky).join(', ');
}

function positionOf(sky: SkyForm): Position {
  if (sky.centre.trim() === '') {
    throw new FormError('centre', 'Write a position, or the name of an object.');
  }
  const found = parsePosition(sky.centre, sky.frame);
  if (!found) {
    throw new FormError(
      'centre',
      `“${sky.centre.trim()}” is no position: write degrees as 10.68 41.27, or 00:42:44 +41:16:09.`
    );
  }
  return found;
}

function positions(sky: SkyForm): string[] {
  return positionsOf(sky).map(one => one.join(', '));
}

function positionsOf(sky: SkyForm): Position[] {
  const lines = sky.positions.split(/\n/).filter(line => line.trim() !== '');
  if (lines.length > MAX_POSITIONS) {
    throw new FormError(
      'positions',
      `These are ${lines.length} positions, more than ${MAX_POSITIONS}: keep them as a table, and search by that.`
    );
  }
  return lines.map(line => {
    const found = parsePosition(line, sky.frame);
    if (!found) {
      throw new FormError('positions', `“${line.trim().slice(0, 60)}” is no position.`);
    }
    return found;
  });
}

function angle(sky: SkyForm, part: 'radius' | 'width' | 'height'): string {
  const found = parseAngle(sky[part], sky.unit);
  if (found === null) {
    const text = sky[part].trim();
    throw new FormError(
      part,
      text === '' ? `Write the ${part}.` : `“${text}” is no ${part}: write a number above 0.`
    );
  }
  return found;
}

export { FormError };
