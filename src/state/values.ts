/** What values a column has, in words. */

import type { ColumnInfo } from '../api/models';
import { items, kindOf } from './constraints';
import type { ColumnKind } from './constraints';

/** Digits of an end of a range. */
const DIGITS = 5;
/** Choices that are told before "and n more". */
const TOLD = 8;

/** An end of a range, rounded outwards so that it still holds all values. */
export function endText(text: string, kind: ColumnKind, up: boolean): string {
  if (kind === 'time') {
    return text.replace(/\.\d+$/, '').replace(/T00:00:00$/, '');
  }
  const value = Number(text);
  // Ids are told in full: a rounded one is another one.
  if (kind === 'integer' || !Number.isFinite(value) || value === 0) {
    return text;
  }
  const size = Math.floor(Math.log10(Math.abs(value)));
  // A Modified Julian Date has five digits before its point.
  const digits = kind === 'mjd' ? DIGITS + 2 : DIGITS;
  const step = 10 ** (digits - 1 - size);
  const rounded = (up ? Math.ceil : Math.floor)(value * step) / step;
  const exact = Number(value.toPrecision(digits));
  const end = exact === value ? value : rounded;
  return String(Number(end.toPrecision(digits)));
}

/** Both ends of a column's range; `null` where they are not known. */
export function rangeOf(column: ColumnInfo): readonly [string, string] | null {
  const { low, high } = column;
  if (!low || !high) {
    return null;
  }
  const kind = kindOf(column);
  return [endText(low, kind, false), endText(high, kind, true)];
}

/** The range of a column; empty where it is not known. */
export function rangeText(column: ColumnInfo): string {
  return rangeOf(column)?.join(' … ') ?? '';
}

/** How many rows have no value; empty where all have one. */
export function missingText(column: ColumnInfo): string {
  const { missing = 0 } = column;
  const percent = missing * 100;
  return missing <= 0
    ? ''
    : `${percent < 0.1 ? '< 0.1' : Number(percent.toPrecision(2))} % of the rows`;
}

/** The first choices of a column; empty where it has none. */
export function choicesText(column: ColumnInfo): string {
  const { choices = [] } = column;
  const more = choices.length - TOLD;
  const shown = choices.slice(0, TOLD).map(one => (one === '' ? '(empty)' : one));
  return [...shown, ...(more > 0 ? [`and ${more} more`] : [])].join(', ');
}

/** All that is known of a column, a line each. */
export function aboutColumn(column: ColumnInfo): string {
  const { name, unit, description } = column;
  const range = rangeText(column);
  const missing = missingText(column);
  return [
    unit ? `${name} [${unit}]` : name,
    description,
    range && `From ${range.replace(' … ', ' to ')}${unit ? ` ${unit}` : ''}`,
    missing && `No value in ${missing}`
  ]
    .filter(Boolean)
    .join('\n');
}

/** Items as a control holds them: the inverse of `items`. */
export function listText(values: readonly string[]): string {
  return values
    .map(value =>
      /^['"]|[,\n]|^\s|\s$/.test(value) && !value.includes('"') ? `"${value}"` : value
    )
    .join(', ');
}

/** A list with a choice taken in, or out if it is there, in the order of the choices. */
export function toggled(text: string, choice: string, column: ColumnInfo): string {
  const chosen = items(text, kindOf(column));
  const next = chosen.includes(choice) ? chosen.filter(one => one !== choice) : [...chosen, choice];
  const { choices = [] } = column;
  // What was typed and is none of the choices comes first.
  const place = (value: string): number => choices.indexOf(value);
  return listText(next.sort((one, other) => place(one) - place(other)));
}

/** The choices that a list of a form can hold. */
export function choicesOf(column: ColumnInfo): readonly string[] {
  const kind = kindOf(column);
  const { choices = [] } = column;
  return choices.filter(one => {
    const read = items(listText([one]), kind);
    return read.length === 1 && read[0] === one;
  });
}
