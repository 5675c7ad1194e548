/** The ADQL editor: JupyterLab's own, with the place of an error underlined. */

import { Prec, StateEffect, StateField } from '@codemirror/state';
import { Decoration, EditorView, keymap } from '@codemirror/view';
import type { DecorationSet } from '@codemirror/view';
import { CodeEditor, CodeEditorWrapper } from '@jupyterlab/codeeditor';
import type { IEditorServices } from '@jupyterlab/codeeditor';
import { CodeMirrorEditor } from '@jupyterlab/codemirror';

import { spaced, spanOf } from '../state/adql';

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

/** The editor as a widget. */
export class AdqlEditor extends CodeEditorWrapper {
  constructor(services: IEditorServices, run: () => void) {
    const onRun = (): boolean => {
      run();
      return true;
    };
    super({
      model: new CodeEditor.Model({ mimeType: 'text/x-sql' }),
      factory: options => services.factoryService.newInlineEditor(options),
      editorOptions: {
        config: { lineNumbers: false, lineWrap: true, autoClosingBrackets: true },
        extensions: [
          underlined,
          EditorView.contentAttributes.of({ 'aria-label': 'ADQL query', spellcheck: 'false' }),
          // Before CodeMirror's own keys, which would begin a new line; JupyterLab's shortcuts come after these.
          Prec.highest(
            keymap.of([
              { key: 'Shift-Enter', run: onRun },
              { key: 'Mod-Enter', run: onRun },
              { key: 'Ctrl-Enter', run: onRun }
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

  /** Underline the place of an error and show it. */
  mark(line: number, column: number, length: number, title: string): void {
    const span = spanOf(this.text, line, column, length);
    if (this.view && span.to > span.from) {
      this.view.dispatch({
        effects: [underline.of({ ...span, title }), EditorView.scrollIntoView(span.from)]
      });
    }
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
