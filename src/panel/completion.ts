/** Completion of ADQL: the server knows the grammar and the catalogue, CodeMirror shows what it offers. */

import { acceptCompletion, autocompletion, pickedCompletion } from '@codemirror/autocomplete';
import type { Completion, CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import { Prec } from '@codemirror/state';
import type { Extension } from '@codemirror/state';
import { keymap } from '@codemirror/view';
import type { EditorView } from '@codemirror/view';

import { isAbort } from '../api/errors';
import type { Candidate, Candidates } from '../api/models';
import { characters, offsetOf } from '../state/adql';

/** Who knows what can be written. */
export type Ask = (adql: string, offset: number, signal: AbortSignal) => Promise<Candidates>;

/** Rank of the first candidate: the order is the server's. */
const FIRST = 99;

/** A paragraph that describes a candidate; text only. */
function info(candidate: Candidate): (() => Node) | undefined {
  if (!candidate.description) {
    return undefined;
  }
  return () => {
    const node = document.createElement('div');
    node.textContent = candidate.description;
    return node;
  };
}

function option(candidate: Candidate, place: number): Completion {
  return {
    label: candidate.name,
    detail: candidate.detail,
    info: info(candidate),
    type: candidate.kind,
    boost: FIRST - place,
    apply: (view: EditorView, completion: Completion, from: number, to: number) => {
      const caret = from + offsetOf(candidate.insert, candidate.caret);
      view.dispatch({
        changes: { from, to, insert: candidate.insert },
        selection: { anchor: caret },
        annotations: pickedCompletion.of(completion),
        userEvent: 'input.complete'
      });
    }
  };
}

/** Complete by what the server offers; a newer question cancels an older one. */
export function completion(ask: Ask): Extension {
  const source = async (context: CompletionContext): Promise<CompletionResult | null> => {
    const { state, pos } = context;
    const before = state.doc.sliceString(Math.max(0, pos - 1), pos);
    if (!context.explicit && !/[\w.]/.test(before)) {
      return null;
    }
    const asking = new AbortController();
    context.addEventListener('abort', () => asking.abort(), { onDocChange: true });
    const text = state.doc.toString();
    try {
      const found = await ask(text, characters(text.slice(0, pos)), asking.signal);
      const from = offsetOf(text, found.start);
      const written = text.slice(from, pos).toLowerCase();
      // Nobody wants a list that offers what stands there already.
      const done =
        found.candidates.length === 1 && found.candidates[0].insert.toLowerCase() === written;
      if (context.aborted || found.candidates.length === 0 || (done && !context.explicit)) {
        return null;
      }
      const to = offsetOf(text, found.end);
      return { from, to, options: found.candidates.map(option), filter: false };
    } catch (reason) {
      if (!isAbort(reason)) {
        console.warn('lsp-jupyter: nothing can be completed', reason);
      }
      return null;
    }
  };
  return [
    autocompletion({
      override: [source],
      // The server answers within a few milliseconds: the list follows the keys.
      activateOnTypingDelay: 5,
      maxRenderedOptions: 60,
      tooltipClass: () => 'lsp-Completion'
    }),
    Prec.highest(keymap.of([{ key: 'Tab', run: acceptCompletion }]))
  ];
}
