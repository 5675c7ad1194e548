/** What each stretch of an ADQL text is, for an editor to colour. */

import { RESERVED, STRUCTURAL, TYPES } from './adql_words';

/** A kind of stretch; an error is what no ADQL begins with, or a quote that is never closed. */
export type MarkKind =
  | 'bracket'
  | 'comment'
  | 'error'
  | 'function'
  | 'keyword'
  | 'name'
  | 'number'
  | 'operator'
  | 'text'
  | 'type';

/** A stretch of a text, `from` the first character up to the one before `to`. */
export interface Mark {
  readonly from: number;
  readonly to: number;
  readonly kind: MarkKind;
}

/** The server cuts by the same rules (ADQL 2.1 section 2.1). */
const TOKEN = new RegExp(
  [
    '(?<space>[ \\t\\r\\n\\u00a0\\ufeff]+)',
    '(?<comment>--[^\\n]*)',
    '(?<word>[A-Za-z][A-Za-z0-9_]*)(?![\\p{L}\\p{N}_])',
    '(?<number>0[xX][0-9A-Fa-f]+|(?:[0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?)' +
      '(?![\\p{L}\\p{N}_]|\\.[0-9])',
    '(?<op><=|>=|<>|!=|\\|\\|?|[-+*<>(),.^~]|&(?!&)|=(?!=)|\\/(?!\\*))',
    "(?<text>'(?:[^']|'')*')",
    '(?<quoted>"(?:[^"]|"")+")',
    '(?<bad>[0-9.]+[\\p{L}\\p{N}_]*|[\\p{L}\\p{N}][\\p{L}\\p{N}_]*|[\'"].*|==|::|&&|\\/\\*|.)'
  ].join('|'),
  'suy'
);

const BRACKETS = '(),.';

/** Tell of each stretch of a text what it is; space is left out. */
export function marks(text: string): Mark[] {
  const found: { from: number; to: number; kind: MarkKind; text: string }[] = [];
  TOKEN.lastIndex = 0;
  for (let match = TOKEN.exec(text); match; match = TOKEN.exec(text)) {
    const groups = match.groups!;
    const [whole] = match;
    if (groups.space === undefined) {
      const kind = kindOf(groups);
      found.push({ from: match.index, to: match.index + whole.length, kind, text: whole });
    }
  }
  const real = found.filter(mark => mark.kind !== 'comment');
  real.forEach((mark, i) => {
    if (mark.kind === 'keyword') {
      mark.kind = wordKind(mark.text.toUpperCase(), real[i - 1], real[i + 1]);
    }
  });
  return found.map(({ from, to, kind }) => ({ from, to, kind }));
}

function kindOf(groups: Readonly<Record<string, string | undefined>>): MarkKind {
  if (groups.comment !== undefined) {
    return 'comment';
  }
  if (groups.word !== undefined) {
    return 'keyword';
  }
  if (groups.number !== undefined) {
    return 'number';
  }
  if (groups.op !== undefined) {
    return BRACKETS.includes(groups.op) ? 'bracket' : 'operator';
  }
  if (groups.text !== undefined) {
    return 'text';
  }
  return groups.quoted !== undefined ? 'name' : 'error';
}

/** What a word is, by itself and by what stands around it. */
function wordKind(
  word: string,
  before: { readonly text: string } | undefined,
  after: { readonly text: string; readonly kind: MarkKind } | undefined
): MarkKind {
  const shapes = STRUCTURAL.has(word) && word !== 'CAST';
  if (!shapes && after?.text === '(' && before?.text !== '.') {
    // CHAR(10) is a type with its length.
    return word === 'CHAR' || word === 'VARCHAR' ? 'type' : 'function';
  }
  if (TYPES.has(word)) {
    return 'type';
  }
  // OFFSET is not reserved; a number tells that it is the clause.
  const clause = word === 'OFFSET' && after?.kind === 'number';
  return RESERVED.has(word) || clause ? 'keyword' : 'name';
}
