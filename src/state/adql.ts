/** Pieces of ADQL text. */

import type { TableInfo } from '../api/models';

/** Reserved words of ADQL 2.1 that a name may be mistaken for. */
const RESERVED = new Set(
  (
    'ABS ACOS AREA ASIN ATAN ATAN2 BIGINT BOX CEILING CENTROID CIRCLE CONTAINS COORD1 COORD2 COORDSYS COS COT ' +
    'DEGREES DISTANCE EXP FLOOR ILIKE INTERSECTS IN_UNIT LOG LOG10 MOD PI POINT POLYGON POWER RADIANS REGION ' +
    'RAND ROUND SIN SQRT TAN TOP TRUNCATE ALL AND ANY AS ASC AT AVG BEGIN BETWEEN BIT BOTH BY CASE CAST CHAR ' +
    'CHECK CLOSE COLLATE COLUMN COMMIT CONNECT CONSTRAINT COUNT CREATE CROSS CURRENT CURSOR DATE DAY DEC DECIMAL ' +
    'DECLARE DEFAULT DELETE DESC DISTINCT DOMAIN DOUBLE DROP ELSE END ESCAPE EXCEPT EXEC EXISTS EXTRACT FALSE ' +
    'FETCH FIRST FLOAT FOR FOREIGN FROM FULL GET GLOBAL GO GROUP HAVING HOUR IN INDICATOR INNER INPUT INSERT INT ' +
    'INTEGER INTERSECT INTERVAL INTO IS ISOLATION JOIN KEY LAST LEADING LEFT LEVEL LIKE LOCAL LOWER MATCH MAX MIN ' +
    'MINUTE MODULE MONTH NAMES NATIONAL NATURAL NEXT NO NOT NULL NUMERIC OF OFFSET ON ONLY OPEN OPTION OR ORDER ' +
    'OUTER OUTPUT OVERLAPS PAD PARTIAL POSITION PRECISION PREPARE PRIMARY PRIOR PUBLIC READ REAL REFERENCES ' +
    'RELATIVE RIGHT ROWS SCHEMA SCROLL SECOND SECTION SELECT SESSION SET SIZE SMALLINT SOME SPACE SQL SUM TABLE ' +
    'THEN TIME TIMESTAMP TO TRAILING TRANSACTION TRANSLATE TRIM TRUE UNION UNIQUE UNKNOWN UPDATE UPPER USAGE USER ' +
    'USING VALUE VALUES VARCHAR VARYING VIEW WHEN WHENEVER WHERE WITH WORK WRITE YEAR ZONE'
  ).split(' ')
);

/** Whether a name is a word of the language. */
export function isReserved(name: string): boolean {
  return RESERVED.has(name.toUpperCase());
}

/** A name as queries must write it: in double quotes where it is no regular identifier. */
export function quoteName(name: string): string {
  return /^[A-Za-z]\w*$/.test(name) && !isReserved(name) ? name : `"${name.replace(/"/g, '""')}"`;
}

/** The name of a table as queries must write it; `name` is as the catalogue has it. */
export function quoteTable(name: string): string {
  const dot = name.indexOf('.');
  return dot < 0
    ? quoteName(name)
    : `${quoteName(name.slice(0, dot))}.${quoteName(name.slice(dot + 1))}`;
}

/** A query for the first rows of a table. */
export function firstRows(table: TableInfo, rows = 100): string {
  return `SELECT TOP ${rows} *\nFROM ${quoteTable(table.name)}`;
}

/**
 * Text to insert so that it stands apart from what is around it.
 *
 * Parameters
 * ----------
 * name: what to insert.
 * before, after: the characters around the place.
 */
export function spaced(name: string, before: string, after: string): string {
  const left = before === '' || /[\s(.,=<>+\-*/]/.test(before) ? '' : ' ';
  const right = after === '' || /[\s).,;=<>+\-*/]/.test(after) ? '' : ' ';
  return left + name + right;
}

/** How many characters (code points) a text has; servers count those. */
export function characters(text: string): number {
  return Array.from(text).length;
}

/** Where a character of a text begins, as editors count. */
export function offsetOf(text: string, character: number): number {
  return Array.from(text).slice(0, character).join('').length;
}

/** A place in a text: offsets from 0. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/**
 * Where to underline an error.
 *
 * Parameters
 * ----------
 * text: the query.
 * line, column: counted from 1, columns in characters (code points).
 * length: characters to underline.
 *
 * At least one character is underlined, if there is one to the left or right.
 */
export function spanOf(text: string, line: number, column: number, length: number): Span {
  const lines = text.split('\n');
  const row = Math.max(0, Math.min(line - 1, lines.length - 1));
  const start = lines.slice(0, row).reduce((sum, one) => sum + one.length + 1, 0);
  const characters = Array.from(text.slice(start));
  const before = characters.slice(0, Math.max(0, column - 1)).join('').length;
  const marked = characters.slice(column - 1, column - 1 + Math.max(1, length)).join('').length;
  const from = Math.min(start + before, text.length);
  const to = Math.min(from + marked, text.length);
  if (to > from) {
    return { from, to };
  }
  return from > 0 ? { from: from - 1, to: from } : { from: 0, to: Math.min(1, text.length) };
}
