/** The ADQL editor: JupyterLab's own, with the place of an error underlined. */

import { Prec, StateEffect, StateField } from '@codemirror/state';
import { Decoration, EditorView, keymap } from '@codemirror/view';
import type { DecorationSet } from '@codemirror/view';
import { CodeEditor, CodeEditorWrapper } from '@jupyterlab/codeeditor';
import type { IEditorServices } from '@jupyterlab/codeeditor';
import { CodeMirrorEditor } from '@jupyterlab/codemirror';

import { spaced, spanOf } from '../state/adql';
import { adqlHighlight } from './adql_highlight';
import { completion } from './completion';
import type { Ask } from './completion';
import { hoverDocs } from './hover';

/** Underline a range, or nothing. */
const underline = StateEffect.define<{ from: number; to: number; title: string } | null>();

/** The underlined range; typing anywhere takes it away. */
const underlined = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(marks, transaction) {
    for (const effect of transaction.effects) {
      if (effect.is(underline)) {
        const { value } = effect;
        return value
          ? Decoration.set([
              Decoration.mark({
                class: 'lsp-Editor-error',
                attributes: { title: value.title }
              }).range(value.from, value.to)
            ])
          : Decoration.none;
      }
    }
    return transaction.docChanged ? Decoration.none : marks;
  },
  provide: field => EditorView.decorations.from(field)
});

/** What the editor asks of others. */
export interface EditorActions {
  run(): void;
  /** Lay the query out anew. */
  format(): void;
  readonly complete: Ask;
}

/** The editor as a widget. */
export class AdqlEditor extends CodeEditorWrapper {
  constructor(services: IEditorServices, actions: EditorActions) {
    const onRun = (): boolean => {
      actions.run();
      return true;
    };
    const onFormat = (): boolean => {
      actions.format();
      return true;
    };
    const step = (kind: 'undo' | 'redo'): boolean => {
      this.editor[kind]();
      return true;
    };
    super({
      model: new CodeEditor.Model({ mimeType: 'text/plain' }),
      factory: options => services.factoryService.newInlineEditor(options),
      editorOptions: {
        config: { lineNumbers: false, lineWrap: true, autoClosingBrackets: true },
        extensions: [
          adqlHighlight,
          underlined,
          completion(actions.complete),
          hoverDocs(actions.complete),
          EditorView.contentAttributes.of({ 'aria-label': 'ADQL query', spellcheck: 'false' }),
          // Before CodeMirror's own keys, which would begin a new line; JupyterLab's shortcuts come after these.
          Prec.highest(
            keymap.of([
              { key: 'Shift-Enter', run: onRun },
              { key: 'Mod-Enter', run: onRun },
              { key: 'Ctrl-Enter', run: onRun },
              { key: 'Shift-Alt-f', run: onFormat },
              // The browser's own undo knows nothing of the document.
              { key: 'Mod-z', run: () => step('undo'), preventDefault: true },
              { key: 'Mod-y', run: () => step('redo'), preventDefault: true },
              { key: 'Mod-Shift-z', run: () => step('redo'), preventDefault: true }
            ])
          )
        ]
      }
    });
    this.addClass('lsp-Editor');
  }

  /** The query. */
  get text(): string {
    return this.model.sharedModel.getSource();
  }

  set text(value: string) {
    this.model.sharedModel.setSource(value);
  }

  /** Insert a name where the cursor is, in place of what is selected. */
  insert(name: string): void {
    const { view } = this;
    if (!view) {
      return;
    }
    const { from, to } = view.state.selection.main;
    const { doc } = view.state;
    const text = spaced(name, doc.sliceString(from - 1, from), doc.sliceString(to, to + 1));
    view.dispatch({
      changes: { from, to, insert: text },
      selection: { anchor: from + text.length }
    });
    view.focus();
  }

  /** Underline the place of an error; `show` it too. */
  mark(line: number, column: number, length: number, title: string, show = true): void {
    const span = spanOf(this.text, line, column, length);
    if (this.view && span.to > span.from) {
      const scroll = show ? [EditorView.scrollIntoView(span.from)] : [];
      this.view.dispatch({ effects: [underline.of({ ...span, title }), ...scroll] });
    }
  }

  /** Put another text in place of all, as one step that can be undone. */
  replaceAll(text: string): void {
    if (text === this.text) {
      return;
    }
    // What was typed just before is a step of its own.
    const { sharedModel } = this.model;
    const { undoManager } = sharedModel as { undoManager?: { stopCapturing(): void } };
    undoManager?.stopCapturing();
    sharedModel.updateSource(0, this.text.length, text);
    undoManager?.stopCapturing();
  }

  /** Characters of a line that are on screen, about. */
  get columns(): number {
    const { view } = this;
    return view ? Math.floor(view.contentDOM.clientWidth / view.defaultCharacterWidth) : 88;
  }

  /** Take the underline away. */
  unmark(): void {
    this.view?.dispatch({ effects: underline.of(null) });
  }

  /** Put the cursor at a place. */
  goTo(line: number, column: number): void {
    const span = spanOf(this.text, line, column, 1);
    this.view?.dispatch({ selection: { anchor: span.from }, scrollIntoView: true });
    this.view?.focus();
  }

  /** CodeMirror's own view; `null` if another editor was installed in its place. */
  private get view(): EditorView | null {
    return this.editor instanceof CodeMirrorEditor ? this.editor.editor : null;
  }
}
