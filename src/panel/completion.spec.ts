// @vitest-environment jsdom
import { completionStatus, currentCompletions, startCompletion } from '@codemirror/autocomplete';
import { EditorState } from '@codemirror/state';
import { EditorView } from '@codemirror/view';
import { afterEach, describe, expect, it, vi } from 'vitest';

import type { Candidate, Candidates } from '../api/models';
import { completion } from './completion';

const candidate = (name: string, insert = name, caret = insert.length): Candidate => ({
  kind: 'column',
  name,
  insert,
  caret,
  detail: 'double [deg]',
  description: '<b>Right ascension</b>'
});

let view: EditorView;

function open(doc: string, answer: Candidates, asked: Array<[string, number]> = []): EditorView {
  view = new EditorView({
    parent: document.body,
    state: EditorState.create({
      doc,
      selection: { anchor: doc.length },
      extensions: completion(async (adql, offset) => {
        asked.push([adql, offset]);
        await Promise.resolve();
        return answer;
      })
    })
  });
  return view;
}

async function offered(): Promise<readonly string[]> {
  startCompletion(view);
  await vi.waitFor(() => expect(completionStatus(view.state)).not.toBe('pending'));
  return currentCompletions(view.state).map(one => one.label);
}

afterEach(() => view.destroy());

describe('completion', () => {
  it('offers what the server does, in its order, and counts in characters', async () => {
    const asked: Array<[string, number]> = [];
    const candidates = [candidate('zeta'), candidate('alpha'), candidate('mean')];
    open("SELECT '😀', ", { start: 12, end: 12, more: false, candidates }, asked);
    expect(await offered()).toEqual(['zeta', 'alpha', 'mean']);
    expect(asked).toEqual([["SELECT '😀', ", 12]]);
  });

  it('replaces what was begun, and puts the cursor where one goes on', async () => {
    const candidates = [candidate('CIRCLE', 'CIRCLE()', 7), candidate('CIRCUM')];
    open("SELECT '😀', cir", { start: 12, end: 15, more: false, candidates });
    await offered();
    const [first] = currentCompletions(view.state);
    if (typeof first.apply === 'function') {
      first.apply(view, first, 13, 16);
    }
    expect(view.state.doc.toString()).toBe("SELECT '😀', CIRCLE()");
    expect(view.state.selection.main.head).toBe(20);
  });

  it('describes in text alone', async () => {
    open('r', { start: 0, end: 1, more: false, candidates: [candidate('ra'), candidate('rb')] });
    await offered();
    const { info } = currentCompletions(view.state)[0];
    const node =
      typeof info === 'function' ? ((await info(candidate('ra') as never)) as Node) : null;
    expect(node?.textContent).toBe('<b>Right ascension</b>');
    expect((node as HTMLElement).querySelector('b')).toBeNull();
  });

  it('is quiet where there is nothing to offer', async () => {
    open('SELECT ', { start: 7, end: 7, more: false, candidates: [] });
    expect(await offered()).toEqual([]);
    expect(completionStatus(view.state)).toBeNull();
  });
});
