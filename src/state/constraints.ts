/** Conditions on columns, as a form has them. */

import type { ColumnInfo } from '../api/models';
import { isReserved, quoteName } from './adql';
import { isNumber, parseMjd, parseTime, plain } from './positions';

/** What a column holds, as far as a form cares. */
export type ColumnKind = 'integer' | 'number' | 'text' | 'boolean' | 'time' | 'mjd' | 'other';

/** What may be asked of a column. */
export type Operator =
  'range' | 'above' | 'below' | 'is' | 'not' | 'contains' | 'starts' | 'null' | 'notnull';

/** One condition; values are as they were typed. */
export interface Constraint {
  readonly column: string;
  readonly op: Operator;
  /** A value, the lower end of a range, or a list with commas or line ends between its items. */
  readonly value: string;
  /** The upper end of a range. */
  readonly high: string;
}

/** A part of a form cannot be understood; the message says why. */
export class FormError extends Error {
  override readonly name = 'FormError';

  /** `part`: the key of the control; `missing`: it is not filled in yet, which is no mistake. */
  constructor(
    readonly part: string,
    message: string,
    readonly missing = false
  ) {
    super(message);
  }
}

/** Whether what stands in a control cannot be understood. */
export function isWrong(problem: FormError | null, part: string): boolean {
  return problem !== null && problem.part === part && !problem.missing;
}

/** Operators of each kind, the first of them to begin with, and what they are called. */
export const OPERATORS: Readonly<Record<ColumnKind, ReadonlyArray<readonly [Operator, string]>>> = {
  integer: [
    ['range', 'between'],
    ['is', 'one of'],
    ['not', 'none of'],
    ['above', 'more than'],
    ['below', 'less than'],
    ['notnull', 'has a value'],
    ['null', 'has no value']
  ],
  number: [
    ['range', 'between'],
    ['above', 'more than'],
    ['below', 'less than'],
    ['is', 'one of'],
    ['notnull', 'has a value'],
    ['null', 'has no value']
  ],
  text: [
    ['is', 'one of'],
    ['contains', 'contains'],
    ['starts', 'starts with'],
    ['not', 'none of'],
    ['notnull', 'has a value'],
    ['null', 'has no value']
  ],
  boolean: [
    ['is', 'is'],
    ['notnull', 'has a value'],
    ['null', 'has no value']
  ],
  time: [
    ['range', 'between'],
    ['above', 'after'],
    ['below', 'before'],
    ['notnull', 'has a value'],
    ['null', 'has no value']
  ],
  mjd: [
    ['range', 'between'],
    ['above', 'after'],
    ['below', 'before'],
    ['notnull', 'has a value'],
    ['null', 'has no value']
  ],
  other: [
    ['notnull', 'has a value'],
    ['null', 'has no value']
  ]
};

/** What a column holds. */
export function kindOf(column: ColumnInfo): ColumnKind {
  const { datatype, ucd } = column;
  const array = column.arraysize ?? '';
  if (column.xtype === 'timestamp') {
    return 'time';
  }
  if (datatype === 'char' || datatype === 'unicodeChar') {
    return column.xtype && column.xtype !== 'adql:VARCHAR' && column.xtype !== 'uri'
      ? 'other'
      : 'text';
  }
  if (array !== '' && array !== '1') {
    return 'other';
  }
  switch (datatype) {
    case 'boolean':
      return 'boolean';
    case 'unsignedByte':
    case 'short':
    case 'int':
    case 'long':
      return 'integer';
    case 'float':
    case 'double':
      return column.unit === 'd' && /(^|;)time\.(epoch|start|end)/.test(ucd ?? '')
        ? 'mjd'
        : 'number';
    default:
      return 'other';
  }
}

/** A condition on this column that says nothing yet. */
export function begin(column: ColumnInfo): Constraint {
  const kind = kindOf(column);
  const value = kind === 'boolean' ? 'true' : '';
  // Ids, and whole numbers that stand for a few things, are named rather than compared.
  const id = /(^|;)meta\.(id|record)(;|$)/.test(column.ucd ?? '');
  const listed = kind === 'integer' && (id || (column.choices?.length ?? 0) > 0);
  return { column: column.name, op: listed ? 'is' : OPERATORS[kind][0][0], value, high: '' };
}

/** The name of a column; what catalogues call positions is left as everybody writes it. */
export function columnName(name: string): string {
  // Outside services give names that need quotes with them (TAP 1.1 section 4.3).
  if (/^"(?:[^"]|"")+"$/.test(name)) {
    return name;
  }
  return /^(dec|size)$/i.test(name) && isReserved(name) ? name : quoteName(name);
}

/** A text as ADQL writes it. */
export function quoteText(text: string): string {
  return `'${text.replace(/'/g, "''")}'`;
}

/** The items of a list: between commas or line ends; quotes keep them together. */
export function items(text: string, kind: ColumnKind): string[] {
  const pattern =
    kind === 'text'
      ? /\s*(?:"([^"\n]*)"|'([^'\n]*)'(?=\s*(?:[,\n]|$))|([^,\n]+))/g
      : /()()([^\s,;]+)/g;
  return Array.from(text.matchAll(pattern), one =>
    (one[1] || one[2] || one[3] || '').trim()
  ).filter(item => item !== '');
}

/** One value as ADQL writes it. */
function literal(text: string, kind: ColumnKind, column: string, outside: boolean): string {
  const clean = text.trim();
  switch (kind) {
    case 'integer':
      if (/^[+-]?\d+$/.test(clean)) {
        return BigInt(clean).toString();
      }
      if (isNumber(clean)) {
        return plain(clean);
      }
      break;
    case 'number':
      if (isNumber(clean)) {
        return plain(clean);
      }
      break;
    case 'time': {
      const time = parseTime(clean);
      if (time !== null) {
        return quoteText(time);
      }
      throw new FormError(column, `“${clean}” is no time: write 2025-06-30T12:00:00, or an MJD.`);
    }
    case 'mjd': {
      const mjd = parseMjd(clean);
      if (mjd !== null) {
        return mjd;
      }
      throw new FormError(column, `“${clean}” is no time: write an MJD, or 2025-06-30T12:00:00.`);
    }
    case 'boolean':
      // ADQL has no word for true: archives compare with 0 and 1.
      if (/^(true|false)$/i.test(clean)) {
        const yes = clean.toLowerCase() === 'true';
        return outside ? quoteText(yes ? 'True' : 'False') : yes ? '1' : '0';
      }
      break;
    default:
      return quoteText(clean);
  }
  throw new FormError(
    column,
    kind === 'boolean' ? `“${clean}” is neither true nor false.` : `“${clean}” is not a number.`
  );
}

/**
 * The ADQL condition of a constraint; `null` if it says nothing.
 *
 * Parameters
 * ----------
 * constraint: what is asked.
 * column: its column.
 * prefix: the table's alias with a point, or empty.
 * outside: whether an outside service is asked.
 *
 * Throws `FormError` if a value is not one of the column's kind.
 */
export function condition(
  constraint: Constraint,
  column: ColumnInfo,
  prefix = '',
  outside = false
): string | null {
  const kind = kindOf(column);
  const name = prefix + columnName(column.name);
  const key = `column:${column.name}`;
  const value = constraint.value.trim();
  const high = constraint.high.trim();
  switch (constraint.op) {
    case 'null':
      return `${name} IS NULL`;
    case 'notnull':
      return `${name} IS NOT NULL`;
    case 'range':
      if (value && high) {
        const [low, top] = [literal(value, kind, key, outside), literal(high, kind, key, outside)];
        if (kind !== 'time' ? Number(low) > Number(top) : low > top) {
          throw new FormError(key, 'The lower end of the range is above the upper one.');
        }
        return `${name} BETWEEN ${low} AND ${top}`;
      }
      if (value) {
        return `${name} >= ${literal(value, kind, key, outside)}`;
      }
      return high ? `${name} <= ${literal(high, kind, key, outside)}` : null;
    case 'above':
      return value ? `${name} > ${literal(value, kind, key, outside)}` : null;
    case 'below':
      return value ? `${name} < ${literal(value, kind, key, outside)}` : null;
    case 'contains':
      return value ? `${name} LIKE ${quoteText(`%${unpatterned(value, key)}%`)}` : null;
    case 'starts':
      return value ? `${name} LIKE ${quoteText(`${unpatterned(value, key)}%`)}` : null;
    default: {
      const all = items(value, kind).map(item => literal(item, kind, key, outside));
      const not = constraint.op === 'not';
      if (all.length === 0) {
        return null;
      }
      return all.length === 1
        ? `${name} ${not ? '<>' : '='} ${all[0]}`
        : `${name} ${not ? 'NOT IN' : 'IN'} (${all.join(', ')})`;
    }
  }
}

/** A text for a pattern of LIKE, which knows no escape in ADQL; `_` may stand for itself. */
function unpatterned(text: string, key: string): string {
  if (text.includes('%')) {
    throw new FormError(key, '“%” cannot be looked for in a part of a text.');
  }
  return text;
}
