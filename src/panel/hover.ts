/** What a word of a query is, beside the pointer: a column, a table, a function. */

import type { Extension } from '@codemirror/state';
import { hoverTooltip } from '@codemirror/view';
import type { EditorView, Tooltip } from '@codemirror/view';

import { isAbort } from '../api/errors';
import type { Candidate } from '../api/models';
import { characters } from '../state/adql';
import type { Ask } from './completion';

/** Milliseconds the pointer must rest first. */
const REST = 400;

/** The name at a place, with its offsets; `null` if there is none. */
export function nameAt(text: string, at: number): { from: number; to: number } | null {
  const before = /[\w$]*$/.exec(text.slice(0, at))![0].length;
  const after = /^[\w$]*/.exec(text.slice(at))![0].length;
  const [from, to] = [at - before, at + after];
  return from < to && /^[A-Za-z_]/.test(text.slice(from, to)) ? { from, to } : null;
}

/** The candidate that a name is, among all that could stand in its place. */
export function meant(name: string, candidates: readonly Candidate[]): Candidate | null {
  const plain = name.toLowerCase();
  const found = candidates.filter(one => {
    const last = one.name.split('.').pop() ?? '';
    return one.name.toLowerCase() === plain || last.toLowerCase() === plain;
  });
  return found.find(one => one.description) ?? found.find(one => one.detail) ?? null;
}

function cardOf(candidate: Candidate): HTMLElement {
  const node = document.createElement('div');
  node.className = 'lsp-Hover';
  for (const [tag, text] of [
    ['b', candidate.name],
    ['span', candidate.detail],
    ['p', candidate.description]
  ] as const) {
    if (text) {
      const part = document.createElement(tag);
      part.textContent = text;
      node.append(part);
    }
  }
  return node;
}

/** Describe names as the pointer rests on them. */
export function hoverDocs(ask: Ask): Extension {
  let asking: AbortController | null = null;
  const source = async (view: EditorView, at: number): Promise<Tooltip | null> => {
    asking?.abort();
    const text = view.state.doc.toString();
    const place = nameAt(text, at);
    if (!place) {
      return null;
    }
    asking = new AbortController();
    try {
      const end = characters(text.slice(0, place.to));
      const { candidates } = await ask(text, end, asking.signal);
      const found = meant(text.slice(place.from, place.to), candidates);
      // Words of the language have nothing to tell.
      return found && (found.description || found.detail)
        ? { pos: place.from, end: place.to, above: true, create: () => ({ dom: cardOf(found) }) }
        : null;
    } catch (reason) {
      if (!isAbort(reason)) {
        console.warn('lsp-jupyter: a name cannot be described', reason);
      }
      return null;
    }
  };
  return hoverTooltip(source, { hoverTime: REST });
}
