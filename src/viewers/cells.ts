/** Table cells as text: exact integers, sensible digits, blank nulls. */

import { DataType, DateUnit, Precision, TimeUnit } from 'apache-arrow';
import type { Vector } from 'apache-arrow';

import type { SourceColumn } from './source';

/** What a column holds, as far as showing and filtering it goes. */
export type Kind = 'integer' | 'float' | 'boolean' | 'time' | 'text' | 'other';

/** Characters of a cell shown at most. */
export const CELL_MAX = 2048;

/** Characters of a cell that is shown alone at most. */
export const WHOLE_MAX = 200_000;

/** Elements of an array shown at most. */
const ARRAY_MAX = 64;

/** Significant digits of a single and of a double precision number shown at most. */
const DIGITS = { single: 7, double: 12 } as const;

/** How the cells of a column are written. */
export interface CellFormat {
  readonly kind: Kind;
  /** Decimals of a float column, -1 where they differ from cell to cell. */
  readonly decimals: number;
  /** Significant digits of a float column at most. */
  readonly digits: number;
}

/** Guess from its metadata what a column holds, before any row is there. */
export function kindOf(column: SourceColumn): Kind {
  const arrow = (column.arrow ?? '').toLowerCase();
  const datatype = (column.datatype ?? '').toLowerCase();
  if (/^(fixed_size_)?(large_)?list|^struct|^map|^(large_|fixed_size_)?binary/.test(arrow)) {
    return 'other';
  }
  if (/^timestamp|^date/.test(arrow) || (!arrow && column.xtype === 'timestamp')) {
    return 'time';
  }
  if (/^u?int\d/.test(arrow) || /^decimal\d*\(\d+, ?0\)/.test(arrow)) {
    return 'integer';
  }
  if (/^(half|float|double)|^decimal/.test(arrow)) {
    return 'float';
  }
  if (/^bool/.test(arrow)) {
    return 'boolean';
  }
  if (/string|utf8/.test(arrow)) {
    return 'text';
  }
  if (arrow) {
    return 'other';
  }
  if (column.arraysize && !/char/.test(datatype)) {
    return 'other';
  }
  if (/^(short|int|long|unsignedbyte|smallint|integer|bigint)$/.test(datatype)) {
    return 'integer';
  }
  if (/^(float|double|real)$/.test(datatype)) {
    return 'float';
  }
  return datatype === 'boolean' ? 'boolean' : 'text';
}

/** What a vector holds. */
export function kindOfVector(vector: Vector): Kind {
  let type = vector.type as DataType;
  if (DataType.isDictionary(type)) {
    type = type.dictionary as DataType;
  }
  if (DataType.isInt(type)) {
    return 'integer';
  }
  if (DataType.isFloat(type)) {
    return 'float';
  }
  if (DataType.isDecimal(type)) {
    return type.scale === 0 ? 'integer' : 'float';
  }
  if (DataType.isBool(type)) {
    return 'boolean';
  }
  if (DataType.isTimestamp(type) || DataType.isDate(type)) {
    return 'time';
  }
  if (DataType.isUtf8(type) || DataType.isLargeUtf8(type) || DataType.isUtf8View(type)) {
    return 'text';
  }
  return 'other';
}

/** Whether cells of this kind stand at the right of their column. */
export function isNumeric(kind: Kind): boolean {
  return kind === 'integer' || kind === 'float';
}

/** Decimals of the shortest text that is this number, exponent counted in. */
function decimalsOf(text: string): number {
  const [mantissa, exponent] = text.split('e');
  const decimals = mantissa.includes('.') ? mantissa.length - mantissa.indexOf('.') - 1 : 0;
  return Math.max(0, decimals - Number(exponent ?? 0));
}

/**
 * Choose how a column is written, from the rows seen first.
 *
 * Floats of a similar size get the same number of decimals, so that they line
 * up; columns that span many decades are written by significant digits.
 */
export function formatOf(vector: Vector): CellFormat {
  const kind = kindOfVector(vector);
  const type = vector.type as DataType;
  if (kind !== 'float' || DataType.isDecimal(type)) {
    return { kind, decimals: -1, digits: DIGITS.double };
  }
  const single = DataType.isFloat(type) && type.precision !== Precision.DOUBLE;
  const digits = single ? DIGITS.single : DIGITS.double;
  let largest = 0;
  let smallest = Infinity;
  let decimals = 0;
  for (let i = 0; i < vector.length; i += 1) {
    const value = vector.get(i) as number | null;
    if (value === null || !Number.isFinite(value) || value === 0) {
      continue;
    }
    const size = Math.abs(value);
    largest = Math.max(largest, size);
    smallest = Math.min(smallest, size);
    decimals = Math.max(decimals, decimalsOf(String(Number(value.toPrecision(digits)))));
  }
  if (largest === 0) {
    return { kind, decimals: -1, digits };
  }
  const before = Math.max(1, Math.floor(Math.log10(largest)) + 1);
  const room = Math.max(0, digits - before);
  const wide = largest >= 1e12 || largest / smallest > 1e7 || largest < 1e-4;
  return { kind, decimals: wide ? -1 : Math.min(decimals, room, 10), digits };
}

/** A float with its column's decimals, or by significant digits. */
export function formatFloat(value: number, format: CellFormat): string {
  if (!Number.isFinite(value)) {
    return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  }
  const size = Math.abs(value);
  if (format.decimals >= 0 && size < 1e15) {
    const text = value.toFixed(format.decimals);
    // A small number must not look like zero.
    if (value === 0 || size >= 0.5 * 10 ** -format.decimals) {
      return text;
    }
    return Number(value.toPrecision(4)).toExponential();
  }
  const short = Number(value.toPrecision(format.digits));
  return size !== 0 && (size < 1e-4 || size >= 1e15) ? short.toExponential() : String(short);
}

/** A whole number that is stored with a decimal point somewhere in it. */
function scaled(whole: bigint, scale: number): string {
  if (scale <= 0) {
    return (whole * 10n ** BigInt(-scale)).toString();
  }
  const digits = (whole < 0n ? -whole : whole).toString().padStart(scale + 1, '0');
  const split = digits.length - scale;
  return `${whole < 0n ? '-' : ''}${digits.slice(0, split)}.${digits.slice(split)}`;
}

/** Arrow's decimal words, least significant first, two's complement. */
function decimalText(words: Uint32Array, scale: number): string {
  let value = 0n;
  for (let i = words.length - 1; i >= 0; i -= 1) {
    value = (value << 32n) | BigInt(words[i]);
  }
  return scaled(BigInt.asIntN(words.length * 32, value), scale);
}

/** Ticks of a second of each time unit, and their number of digits. */
const TICKS: Record<TimeUnit, [bigint, number]> = {
  [TimeUnit.SECOND]: [1n, 0],
  [TimeUnit.MILLISECOND]: [1_000n, 3],
  [TimeUnit.MICROSECOND]: [1_000_000n, 6],
  [TimeUnit.NANOSECOND]: [1_000_000_000n, 9]
};

/** A time in ISO 8601 with a blank in the middle, to the last tick it has. */
function timestampText(ticks: bigint, unit: TimeUnit): string {
  const [second, digits] = TICKS[unit];
  const rest = ((ticks % second) + second) % second;
  const date = new Date(Number((ticks - rest) / second) * 1000);
  if (Number.isNaN(date.getTime())) {
    return ticks.toString();
  }
  const text = date.toISOString().slice(0, -5).replace('T', ' ');
  const fraction =
    rest === 0n ? '' : `.${rest.toString().padStart(digits, '0')}`.replace(/0+$/, '');
  return text + fraction;
}

/** What a primitive vector stores at a row, before Arrow converts it. */
function stored(vector: Vector, row: number): unknown {
  let rest = row;
  for (const data of vector.data) {
    if (rest < data.length) {
      return (data.values as ArrayLike<unknown>)[rest];
    }
    rest -= data.length;
  }
  return undefined;
}

function plainText(value: unknown, most = ARRAY_MAX): string {
  if (value === null || value === undefined) {
    return '';
  }
  if (value instanceof Uint8Array) {
    const shown = Array.from(value.subarray(0, most), byte => byte.toString(16).padStart(2, '0'));
    return shown.join('') + (value.length > most ? '…' : '');
  }
  if (typeof value === 'object' && Symbol.iterator in value && !(value instanceof Map)) {
    const parts: string[] = [];
    for (const item of value as Iterable<unknown>) {
      if (parts.length === most) {
        parts.push('…');
        break;
      }
      parts.push(
        Array.isArray(item)
          ? item.map(one => plainText(one)).join(': ')
          : plainText(item, most) || 'null'
      );
    }
    return `[${parts.join(', ')}]`;
  }
  return (value as { toString(): string }).toString();
}

/**
 * One cell as text.
 *
 * Parameters
 * ----------
 * vector: the column of a block.
 * row: the row of that block.
 * format: how the column is written; `null` writes every digit there is.
 * most: characters of a text at most; where it is above `CELL_MAX`, arrays are written in full.
 */
export function cellText(
  vector: Vector,
  row: number,
  format: CellFormat | null,
  most = CELL_MAX
): string {
  const value: unknown = vector.get(row);
  if (value === null || value === undefined) {
    return '';
  }
  const type = vector.type as DataType;
  if (typeof value === 'number' && DataType.isFloat(type)) {
    if (format) {
      return formatFloat(value, format);
    }
    return Number.isFinite(value) && type.precision !== Precision.DOUBLE
      ? shortestSingle(value)
      : formatFloat(value, { kind: 'float', decimals: -1, digits: 17 });
  }
  if (DataType.isTimestamp(type)) {
    return timestampText(BigInt(stored(vector, row) as bigint), type.unit);
  }
  if (DataType.isDate(type)) {
    const text = timestampText(BigInt(Math.trunc(Number(value))), TimeUnit.MILLISECOND);
    return type.unit === DateUnit.DAY ? text.slice(0, 10) : text;
  }
  if (DataType.isDecimal(type) && value instanceof Uint32Array) {
    return decimalText(value, type.scale);
  }
  const text = plainText(value, most > CELL_MAX ? most : ARRAY_MAX);
  return text.length > most ? `${text.slice(0, most)}…` : text;
}

/** The shortest text that reads back as this single precision number. */
function shortestSingle(value: number): string {
  for (let digits = 6; digits < 9; digits += 1) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) {
      return String(short);
    }
  }
  return String(Number(value.toPrecision(9)));
}
