/** Computed columns and conditions of a table. */

import type { Analysis } from './analysis';
import { button, element, reasonText } from './dom';
import type { DrawerPanel } from './drawer';
import { ExpressionBox } from './expression';
import type { TableModel } from './model';
import type { Showing } from './showing';

/** The panel. */
export class FormulasPanel implements DrawerPanel {
  constructor(
    analysis: Analysis,
    private readonly _model: TableModel,
    private readonly _showing: Showing,
    private readonly _reveal: (column: string) => void
  ) {
    this.node.className = 'lsp-Formulas';
    element('h4', 'lsp-Panel-title', this.node, 'Computed columns');
    this._columns = element('ul', 'lsp-Formulas-list', this.node);
    const form = element('div', 'lsp-Formulas-form', this.node);
    this._name = this._field(form, 'Name');
    this._value = new ExpressionBox(
      form,
      'Value, such as bp_rp - 0.5 or SQRT(a*a + b*b)',
      'derive',
      analysis,
      () => ({ sort: [], filter: [], derive: this._before() }),
      () => this._check(),
      () => void this._derive()
    );
    this._unit = this._field(form, 'Unit, if it has not the right one by itself');
    const row = element('div', 'lsp-Panel-tools', form);
    this._add = button('lsp-Panel-action', row, 'Add column', () => void this._derive());
    this._stop = button('lsp-Panel-action lsp-mod-quiet', row, 'Do not change it', () =>
      this.edit('')
    );

    element('h4', 'lsp-Panel-title', this.node, 'Conditions');
    this._conditions = element('ul', 'lsp-Formulas-list', this.node);
    this._where = new ExpressionBox(
      this.node,
      'Keep rows where',
      'where',
      analysis,
      () => ({ sort: [], filter: [], derive: this._showing.wanted.derive }),
      () => this._check(),
      () => void this._filter()
    );
    const last = element('div', 'lsp-Panel-tools', this.node);
    this._keep = button('lsp-Panel-action', last, 'Add condition', () => void this._filter());
    this._note = element('div', 'lsp-Panel-note lsp-mod-error', this.node);
    this._note.setAttribute('role', 'alert');
    _showing.changed.connect(this.update, this);
    this.edit('');
  }

  readonly node = document.createElement('div');

  /** Put a computed column into the form; empty for a new one. */
  edit(name: string): void {
    const found = this._showing.wanted.derive.find(([one]) => one === name);
    this._edited = found ? name : '';
    this._name.value = found?.[0] ?? '';
    this._unit.value = found?.[2] ?? '';
    this._value.set(found?.[1] ?? '');
    this._add.textContent = found ? 'Change column' : 'Add column';
    this._stop.hidden = !found;
    this.update();
    if (found) {
      this._value.input.focus();
    }
  }

  update(): void {
    const { derive, where } = this._showing.wanted;
    const item = (
      list: HTMLElement,
      name: string,
      text: string,
      ...actions: Array<[string, () => void, string]>
    ): void => {
      const node = element('li', 'lsp-Formulas-item', list);
      const body = element('div', 'lsp-Formulas-text', node);
      if (name) {
        element('strong', '', body, name);
      }
      element('code', '', body, text);
      for (const [label, action, title] of actions) {
        button('lsp-Link', node, label, action, title);
      }
    };
    this._columns.replaceChildren();
    for (const [name, text, unit] of derive) {
      const shown = unit ? `${text}  [${unit}]` : text;
      item(
        this._columns,
        name,
        shown,
        ['Edit', () => this.edit(name), `Edit ${name}`],
        ['Remove', () => void this._done(this._showing.underive(name)), `Remove ${name}`]
      );
    }
    this._conditions.replaceChildren();
    where.forEach((text, i) =>
      item(
        this._conditions,
        '',
        text,
        [
          'Edit',
          () => {
            this._condition = i;
            this._where.set(text);
            this._where.input.focus();
            this._check();
          },
          'Edit this condition'
        ],
        [
          'Remove',
          () => void this._done(this._showing.change({ where: where.filter((_, j) => j !== i) })),
          'Remove this condition'
        ]
      )
    );
    this._check();
  }

  dispose(): void {
    this._value.dispose();
    this._where.dispose();
    this._showing.changed.disconnect(this.update, this);
  }

  private _field(parent: HTMLElement, label: string): HTMLInputElement {
    const field = element('label', 'lsp-Panel-field', parent);
    element('span', '', field, label);
    const input = element('input', 'lsp-Input', field);
    input.type = 'text';
    input.spellcheck = false;
    input.addEventListener('input', () => this._check());
    input.addEventListener('keydown', event => {
      if (event.key === 'Enter') {
        void this._derive();
      }
    });
    return input;
  }

  /** The columns computed before the one in the form. */
  private _before(): Showing['wanted']['derive'] {
    const { derive } = this._showing.wanted;
    const place = derive.findIndex(([name]) => name === this._edited);
    return place < 0 ? derive : derive.slice(0, place);
  }

  private _problem(): string {
    const name = this._name.value.trim();
    const same = (one: string): boolean => one.toLowerCase() === name.toLowerCase();
    const others = this._model.all.map(column => column.name).filter(one => one !== this._edited);
    return name && others.some(same) ? 'There is a column of this name.' : '';
  }

  private _check(): void {
    const problem = this._problem();
    this._name.setAttribute('aria-invalid', String(problem !== ''));
    this._name.title = problem;
    const named = this._name.value.trim() !== '' && !problem;
    this._add.disabled = !named || !this._value.checked;
    this._add.title = problem || (named ? '' : 'Give it a name and a value');
    this._keep.disabled = !this._where.checked;
    this._keep.textContent = this._condition < 0 ? 'Add condition' : 'Change condition';
  }

  private async _derive(): Promise<void> {
    if (this._add.disabled) {
      return;
    }
    const unit = this._unit.value.trim();
    const name = this._name.value.trim();
    const column = [name, this._value.text, ...(unit ? [unit] : [])] as [string, string, string?];
    if (await this._done(this._showing.derive(column, this._edited))) {
      this._reveal(name);
      this.edit('');
    }
  }

  private async _filter(): Promise<void> {
    if (this._keep.disabled) {
      return;
    }
    const where = [...this._showing.wanted.where];
    where.splice(
      this._condition < 0 ? where.length : this._condition,
      this._condition < 0 ? 0 : 1,
      this._where.text
    );
    if (await this._done(this._showing.change({ where }))) {
      this._condition = -1;
      this._where.set('');
    }
  }

  private async _done(doing: Promise<boolean>): Promise<boolean> {
    const done = await doing;
    this._note.textContent =
      done || this._model.busy || !this._model.error ? '' : reasonText(this._model.error);
    return done;
  }

  private readonly _columns: HTMLElement;
  private readonly _conditions: HTMLElement;
  private readonly _name: HTMLInputElement;
  private readonly _unit: HTMLInputElement;
  private readonly _value!: ExpressionBox;
  private readonly _where!: ExpressionBox;
  private readonly _add!: HTMLButtonElement;
  private readonly _stop!: HTMLButtonElement;
  private readonly _keep!: HTMLButtonElement;
  private readonly _note!: HTMLElement;
  private _edited = '';
  private _condition = -1;
}
