/**
 * Typed filter expressions: `< 6`, `1..5`, `~text`, `null`, `= x`.
 *
 * What a person types above a column becomes conditions the server checks.
 */

import type { Kind } from './cells';
import type { Condition, ConditionOp, ConditionValue } from './source';

/** The expression of a column cannot be understood; the message says why. */
export class FilterError extends Error {
  override readonly name = 'FilterError';
}

/** What may be typed, for the tooltip of the filter boxes. */
export const FILTER_HELP = [
  '< 6    <= 6    > 3    >= 3',
  '= 5    != 5',
  '1..5    from 1 to 5, both included',
  '1, 2, 5    one of these',
  '~text    contains',
  'text*    starts with',
  'null    not null',
  '> 3 and < 6    both'
].join('\n');

/** Literals up to this many characters are a filter; more is surely a mistake. */
const LONGEST = 4096;

const OPERATORS: ReadonlyArray<readonly [RegExp, ConditionOp]> = [
  [/^<=|^≤/, '<='],
  [/^>=|^≥/, '>='],
  [/^!=|^<>|^≠/, '!='],
  [/^<(?!>)/, '<'],
  [/^>/, '>'],
  [/^==?/, '='],
  [/^~/, 'contains']
];

/**
 * Read one filter expression.
 *
 * Parameters
 * ----------
 * column: name of the column it stands above.
 * text: what was typed; blank means no condition.
 * kind: what the column holds.
 *
 * Throws `FilterError` if it cannot be understood.
 */
export function parseFilter(column: string, text: string, kind: Kind): Condition[] {
  if (text.length > LONGEST) {
    throw new FilterError('This filter is too long.');
  }
  if (kind === 'other' && text.trim() && !/^(not\s+|!\s*)?null$/i.test(text.trim())) {
    throw new FilterError('Only “null” and “not null” work on this column.');
  }
  return splitAnd(text.trim()).map(part => parseOne(column, part, kind));
}

/** Split at `and`, `&` outside quotes; text columns take `and` literally unless operators stand on both sides. */
function splitAnd(text: string): string[] {
  if (!text) {
    return [];
  }
  const parts = splitOutsideQuotes(text, /\s+(?:and|&&?)\s+(?=[<>=!~≤≥≠])/iy);
  return parts.map(part => part.trim()).filter(part => part !== '');
}

function splitOutsideQuotes(text: string, separator: RegExp): string[] {
  const parts: string[] = [];
  let quote = '';
  let start = 0;
  for (let i = 0; i < text.length; i += 1) {
    const char = text[i];
    if (quote) {
      quote = char === quote ? '' : quote;
      continue;
    }
    if (char === "'" || char === '"') {
      quote = char;
      continue;
    }
    separator.lastIndex = i;
    const match = separator.exec(text);
    if (match && match[0]) {
      parts.push(text.slice(start, i));
      i += match[0].length - 1;
      start = i + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function parseOne(column: string, text: string, kind: Kind): Condition {
  if (/^null$/i.test(text)) {
    return [column, 'isnull', null];
  }
  if (/^(not\s+|!\s*)null$/i.test(text)) {
    return [column, 'notnull', null];
  }
  for (const [pattern, op] of OPERATORS) {
    const match = pattern.exec(text);
    if (match) {
      const rest = text.slice(match[0].length).trim();
      if (!rest) {
        throw new FilterError(`A value is missing after “${match[0]}”.`);
      }
      if (op === 'contains') {
        if (kind !== 'text') {
          throw new FilterError('“~” works on columns of text only.');
        }
        return [column, op, unquote(rest)];
      }
      if (/^null$/i.test(rest) && (op === '=' || op === '!=')) {
        return [column, op === '=' ? 'isnull' : 'notnull', null];
      }
      return [column, op, literal(rest, kind)];
    }
  }
  const range = kind === 'text' ? null : /^(\S.*?)\s*\.\.\s*(\S.*)$/.exec(text);
  if (range) {
    const low = literal(range[1], kind);
    const high = literal(range[2], kind);
    return [column, 'between', [low as string | number, high as string | number]];
  }
  const items = splitOutsideQuotes(text, /\s*,\s*/y).filter(item => item.trim() !== '');
  if (items.length > 1) {
    return [column, 'in', items.map(item => literal(item.trim(), kind) as string | number)];
  }
  if (kind === 'text') {
    if (/^["']/.test(text)) {
      return [column, '=', unquote(text)];
    }
    return text.length > 1 && text.endsWith('*')
      ? [column, 'startswith', text.slice(0, -1)]
      : [column, 'contains', text];
  }
  return [column, '=', literal(text, kind)];
}

function unquote(text: string): string {
  const match = /^(["'])(.*)\1$/s.exec(text);
  return match ? match[2] : text;
}

/** A value of the column's own kind. */
function literal(text: string, kind: Kind): ConditionValue {
  if (kind === 'integer') {
    if (/^[+-]?\d+$/.test(text)) {
      const number = Number(text);
      return Number.isSafeInteger(number) ? number : BigInt(text).toString();
    }
    return numeric(text);
  }
  if (kind === 'float') {
    return numeric(text);
  }
  if (kind === 'boolean') {
    if (/^(true|t|yes|1)$/i.test(text)) {
      return true;
    }
    if (/^(false|f|no|0)$/i.test(text)) {
      return false;
    }
    throw new FilterError(`“${text}” is neither true nor false.`);
  }
  if (kind === 'time') {
    const value = unquote(text);
    if (
      !/^[+-]?\d{4,6}(-\d{1,2}(-\d{1,2}([T ]\d{1,2}(:\d{1,2}(:\d{1,2}(\.\d+)?)?)?Z?)?)?)?$/.test(
        value
      )
    ) {
      throw new FilterError(`“${value}” is not a time such as 2025-06-30T12:00:00.`);
    }
    return fullTime(value);
  }
  return unquote(text);
}

/** Complete a year, a month or a day into a time. */
function fullTime(text: string): string {
  const [date, time = ''] = text.replace(/Z$/, '').split(/[T ]/);
  const [year, month = '01', day = '01'] = date.split('-');
  const [hour = '00', minute = '00', second = '00'] = time ? time.split(':') : [];
  const two = (part: string): string => part.padStart(2, '0');
  const [whole, fraction] = second.split('.');
  const clock = `${two(hour)}:${two(minute)}:${two(whole)}${fraction ? `.${fraction}` : ''}`;
  return `${year}-${two(month)}-${two(day)}T${clock}`;
}

function numeric(text: string): number {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    throw new FilterError(`“${text}” is not a number.`);
  }
  return Number(text);
}

/** What somebody would type for these conditions on one column. */
export function expressionOf(conditions: readonly Condition[]): string {
  return conditions.map(([, op, value]) => conditionText(op, value)).join(' and ');
}

function conditionText(op: ConditionOp, value: ConditionValue): string {
  const one = (item: unknown): string =>
    typeof item === 'string' && !/^[+-]?\d[\d.eE+:T -]*$/.test(item)
      ? item.includes('"')
        ? `'${item}'`
        : `"${item}"`
      : String(item);
  if (op === 'isnull') {
    return 'null';
  }
  if (op === 'notnull') {
    return 'not null';
  }
  const list = Array.isArray(value) ? (value as ReadonlyArray<string | number>) : [];
  if (op === 'between') {
    return `${list[0]}..${list[1]}`;
  }
  if (op === 'in') {
    return list.map(one).join(', ');
  }
  if (op === 'contains') {
    return `~${String(value)}`;
  }
  return op === 'startswith' ? `${String(value)}*` : `${op} ${one(value)}`;
}
