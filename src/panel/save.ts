/** The form that asks how a table is to be stored. */

import { Widget } from '@lumino/widgets';

import type { SaveMode } from '../api/models';
import { SCHEMA, nameProblem } from '../state/tables';
import type { TablesModel } from '../state/tables';
import { rowCount } from '../viewers/footer';

/** What a person chose. */
export interface SaveChoice {
  readonly name: string;
  readonly mode: SaveMode;
}

/** What the form is about. */
export interface SaveSubject {
  /** What is stored, in words. */
  readonly what: string;
  /** What the person should know before. */
  readonly warning?: string;
  /** A name to begin with. */
  readonly name: string;
  /** Code that does the same. */
  code(choice: SaveChoice): string;
  copy(text: string): void;
}

let serial = 0;

function add<K extends keyof HTMLElementTagNameMap>(
  parent: HTMLElement,
  tag: K,
  className = '',
  text = ''
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  parent.appendChild(node);
  return node;
}

/** Asks for a name, and what becomes of a table that has it already. */
export class SaveForm extends Widget {
  constructor(
    private readonly _tables: TablesModel,
    private readonly _subject: SaveSubject
  ) {
    super();
    this.addClass('lsp-Save');
    const { node } = this;
    add(node, 'div', 'lsp-Save-what', _subject.what);
    if (_subject.warning) {
      add(node, 'div', 'lsp-Save-warning', _subject.warning);
    }
    const label = add(node, 'label', 'lsp-Save-name');
    add(label, 'span', '', `${SCHEMA}.`);
    this._name = add(label, 'input', 'lsp-Input');
    this._name.type = 'text';
    this._name.value = _subject.name;
    this._name.spellcheck = false;
    this._name.setAttribute('aria-label', 'Name of the table');
    this._problem = add(node, 'div', 'lsp-Save-problem');
    this._problem.id = `lsp-save-problem-${(serial += 1)}`;
    this._problem.setAttribute('role', 'status');
    this._name.setAttribute('aria-describedby', this._problem.id);

    this._modes = add(node, 'fieldset', 'lsp-Save-modes');
    add(this._modes, 'legend');
    for (const mode of ['replace', 'append'] as const) {
      const choice = add(this._modes, 'label');
      const radio = add(choice, 'input');
      radio.type = 'radio';
      radio.name = `lsp-save-mode-${serial}`;
      radio.value = mode;
      const words = { replace: 'Replace its rows', append: 'Add these rows to it' };
      add(choice, 'span', '', words[mode]);
      radio.addEventListener('change', () => this._check());
    }

    const code = add(node, 'div', 'lsp-Save-code');
    this._code = add(code, 'pre');
    this._code.setAttribute('aria-label', 'The same in Python');
    const copy = add(code, 'button', 'lsp-Link', 'Copy as code');
    copy.type = 'button';
    copy.addEventListener('click', () => _subject.copy(this._code.textContent));
    this._name.addEventListener('input', () => this._check());
  }

  /** What was chosen; JupyterLab's dialogs ask for it. */
  getValue(): SaveChoice {
    const there = this._tables.find(this._name.value.trim());
    const radio = this._modes.querySelector<HTMLInputElement>('input:checked');
    return {
      name: this._name.value.trim(),
      mode: there && radio ? (radio.value as SaveMode) : 'create'
    };
  }

  protected override onAfterAttach(): void {
    this._check();
    this._name.select();
  }

  /** Say what is wrong, and let nothing wrong be accepted. */
  private _check(): void {
    const name = this._name.value.trim();
    const problem = nameProblem(name);
    const there = problem ? undefined : this._tables.find(name);
    this._name.setCustomValidity(problem);
    this._problem.textContent = problem;
    this._modes.hidden = !there;
    this._modes.querySelector('legend')!.textContent = there
      ? `You have ${there.full_name} already, with ${rowCount(there.rows)}.`
      : '';
    for (const radio of this._modes.querySelectorAll('input')) {
      radio.required = there !== undefined;
    }
    this._code.textContent = this._subject.code(this.getValue());
    // JupyterLab looked at the form before this was known.
    this.node.dispatchEvent(new CustomEvent('input', { bubbles: true }));
  }

  private readonly _name: HTMLInputElement;
  private readonly _problem: HTMLElement;
  private readonly _modes: HTMLFieldSetElement;
  private readonly _code: HTMLElement;
}
