/** Colours ADQL in a CodeMirror editor. */

import { EditorState, StateField } from '@codemirror/state';
import type { Extension, Text } from '@codemirror/state';
import { Decoration, EditorView } from '@codemirror/view';
import type { DecorationSet } from '@codemirror/view';

import { marks } from '../state/adql_lexer';
import type { MarkKind } from '../state/adql_lexer';

/** Characters of a text that is coloured at most: beyond, typing would wait for it. */
const MOST = 200_000;

const STYLES = new Map<MarkKind, Decoration>();

function style(kind: MarkKind): Decoration {
  let found = STYLES.get(kind);
  if (!found) {
    found = Decoration.mark({ class: `lsp-Adql-${kind}` });
    STYLES.set(kind, found);
  }
  return found;
}

function coloured(doc: Text): DecorationSet {
  if (doc.length > MOST) {
    return Decoration.none;
  }
  const ranges = marks(doc.toString()).map(({ from, to, kind }) => style(kind).range(from, to));
  return Decoration.set(ranges);
}

const colours = StateField.define<DecorationSet>({
  create: state => coloured(state.doc),
  update: (set, transaction) => (transaction.docChanged ? coloured(transaction.state.doc) : set),
  provide: field => EditorView.decorations.from(field)
});

/** Colours by the words of ADQL, and lines that are made comments by a key. */
export const adqlHighlight: Extension = [
  colours,
  EditorState.languageData.of(() => [{ commentTokens: { line: '--' } }])
];
