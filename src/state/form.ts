/** The search form: what it asks for, and the ADQL that says the same. */

import type { TableInfo } from '../api/models';
import { quoteTable } from './adql';
import { FormError, columnName, condition } from './constraints';
import type { Constraint } from './constraints';
import { skyCondition } from './form_regions';
import type { AngleUnit, Frame } from './positions';

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

export { FormError };
