/** Named sets of rows: made, shown alone, combined, turned into conditions. */

import type { Analysis, NamedSubset, SubsetMaker } from './analysis';
import { copyText } from './clipboard';
import { button, element, isCancelled, reasonText } from './dom';
import type { DrawerPanel } from './drawer';
import { rowCount } from './footer';
import type { Showing } from './showing';
import { PLAIN, arranges } from './source';
import type { RowSource } from './source';

/** A name as expressions of subsets write it. */
export function quoted(name: string): string {
  const plain = /^[^\s()"]+$/.test(name) && !/^(and|or|not)$/i.test(name);
  return plain ? name : `"${name.replace(/"/g, '""')}"`;
}

/** What the panel is told. */
export interface SubsetsSubject {
  readonly source: RowSource;
  readonly analysis: Analysis;
  readonly showing: Showing;
  /** Keep what is shown as a table of one's own. */
  save(): void;
  announce(text: string): void;
}

/** The panel. */
export class SubsetsPanel implements DrawerPanel {
  constructor(private readonly _subject: SubsetsSubject) {
    this.node.className = 'lsp-Subsets';
    element('h4', 'lsp-Panel-title', this.node, 'New subset');
    const field = element('label', 'lsp-Panel-field', this.node);
    element('span', '', field, 'Name');
    this._name = element('input', 'lsp-Input', field);
    this._name.type = 'text';
    this._name.maxLength = 64;
    this._name.spellcheck = false;
    this._name.addEventListener('input', () => this.update());
    const tools = element('div', 'lsp-Panel-tools', this.node);
    this._selected = button('lsp-Panel-action', tools, '', () => this._put({ selection: true }));
    this._filtered = button(
      'lsp-Panel-action lsp-mod-quiet',
      tools,
      'Rows of this view',
      () => this._put({ view: { ..._subject.showing.view, sort: [] } }),
      'The rows that pass the filters, conditions and subsets'
    );
    this._note = element('div', 'lsp-Panel-note', this.node);
    this._note.setAttribute('role', 'status');

    element('h4', 'lsp-Panel-title', this.node, 'Subsets of this result');
    this._list = element('ul', 'lsp-Formulas-list', this.node);

    this._combine = element('div', '', this.node);
    element('h4', 'lsp-Panel-title', this._combine, 'Combine');
    const both = element('label', 'lsp-Panel-field', this._combine);
    element('span', '', both, 'Names with AND, OR, NOT and parentheses');
    this._expression = element('input', 'lsp-Input', both);
    this._expression.type = 'text';
    this._expression.spellcheck = false;
    this._expression.placeholder = 'bright AND NOT near';
    this._expression.addEventListener('input', () => this.update());
    this._expression.addEventListener('keydown', event => {
      if (event.key === 'Enter' && !this._show.disabled) {
        void this._only(this._text());
      }
    });
    const last = element('div', 'lsp-Panel-tools', this._combine);
    this._show = button(
      'lsp-Panel-action',
      last,
      'Show only these',
      () => void this._only(this._text())
    );
    this._keep = button(
      'lsp-Panel-action lsp-mod-quiet',
      last,
      'Make a subset',
      () => this._put({ expression: this._text() }),
      'Give it the name above'
    );
    const told = element('div', 'lsp-Panel-tools', this.node);
    button('lsp-Link', told, 'Save what is shown…', () => _subject.save());

    this._stop = _subject.source.onChange(() => this.update());
    _subject.showing.changed.connect(this.update, this);
    this.update();
    this._note.textContent = 'Reading the subsets…';
    _subject.analysis.loadSubsets().then(
      () => {
        this._read = true;
        this._note.textContent = '';
        this.update();
      },
      (reason: unknown) => this._fail(reason)
    );
  }

  readonly node = document.createElement('div');

  update(): void {
    const { source, analysis, showing } = this._subject;
    const { subsets } = analysis;
    const { rows } = source.selection;
    const named = this._name.value.trim() !== '';
    this._selected.textContent = rows > 0 ? `${rowCount(rows)} selected` : 'Selected rows';
    this._selected.disabled = !named || rows === 0;
    this._selected.title = rows === 0 ? 'Select rows first' : named ? '' : 'Give it a name first';
    this._filtered.disabled = !named || !arranges({ ...showing.view, sort: [] });
    this._combine.hidden = subsets.length === 0;
    this._show.disabled = this._text() === '';
    this._keep.disabled = !named || this._text() === '';
    const focus = document.activeElement;
    const kept =
      focus && this._list.contains(focus)
        ? [focus.closest('li')?.dataset.name, focus.textContent]
        : null;
    this._list.replaceChildren(...subsets.map(one => this._item(one)));
    if (subsets.length === 0 && this._read) {
      element(
        'li',
        'lsp-Panel-note',
        this._list,
        'None yet. Select rows or filter them, and give them a name.'
      );
    }
    if (kept) {
      const item = [...this._list.children].find(
        one => (one as HTMLElement).dataset.name === kept[0]
      );
      [...(item?.querySelectorAll('button') ?? [])]
        .find(one => one.textContent === kept[1])
        ?.focus();
    }
  }

  dispose(): void {
    this._stop();
    this._asking?.abort();
    this._subject.showing.changed.disconnect(this.update, this);
  }

  private _item(subset: NamedSubset): HTMLElement {
    const { showing, analysis } = this._subject;
    const { name } = subset;
    const item = element('li', 'lsp-Formulas-item', null);
    item.dataset.name = name;
    const body = element('div', 'lsp-Formulas-text', item);
    element('strong', '', body, name);
    element('span', 'lsp-Panel-note', body, rowCount(subset.rows));
    if (subset.expression) {
      element('code', '', body, subset.expression);
    }
    const only = showing.wanted.subset === quoted(name);
    const tools = element('div', 'lsp-Panel-tools', body);
    const show = button(
      'lsp-Link',
      tools,
      only ? 'Show all' : 'Show only',
      () => void this._only(only ? '' : quoted(name)),
      only ? 'Show all rows again' : `Show only the rows of ${name}`
    );
    show.setAttribute('aria-pressed', String(only));
    button('lsp-Link', tools, 'Select', () => void this._select(subset), `Select rows of ${name}`);
    button(
      'lsp-Link',
      tools,
      'Combine',
      () => {
        const before = this._text();
        this._expression.value = before ? `${before} AND ${quoted(name)}` : quoted(name);
        this._expression.focus();
        this.update();
      },
      `Add ${name} to the expression below`
    );
    button('lsp-Link', tools, 'Copy WHERE', () => void this._where(name), `Copy WHERE of ${name}`);
    button('lsp-Link', tools, 'Rename', () => this._rename(item, name), `Rename ${name}`);
    button(
      'lsp-Link',
      tools,
      'Delete',
      () => {
        const done = only ? this._only('') : Promise.resolve(true);
        void done.then(() =>
          analysis.removeSubset(name).catch((reason: unknown) => this._fail(reason))
        );
      },
      `Delete ${name}`
    );
    return item;
  }

  private _text(): string {
    return this._expression.value.trim();
  }

  private _only(subset: string): Promise<boolean> {
    return this._subject.showing.change({ subset });
  }

  private _put(maker: SubsetMaker): void {
    const name = this._name.value.trim();
    this._asking?.abort();
    const asking = (this._asking = new AbortController());
    this._note.classList.remove('lsp-mod-error');
    this._note.textContent = 'Finding the rows…';
    this._subject.analysis.putSubset(name, maker, asking.signal).then(
      made => {
        this._note.textContent = `${made.name} has ${rowCount(made.rows)}.`;
        this._subject.announce(this._note.textContent);
        this._name.value = '';
        this.update();
      },
      (reason: unknown) => this._fail(reason)
    );
  }

  private async _select(subset: NamedSubset): Promise<void> {
    try {
      const view = { ...PLAIN, subset: quoted(subset.name) };
      await this._subject.source.select(subset.rows > 0 ? [[0, subset.rows]] : [], view);
    } catch (reason) {
      this._fail(reason);
    }
  }

  private async _where(name: string): Promise<void> {
    this._asking?.abort();
    const asking = (this._asking = new AbortController());
    try {
      const where = await this._subject.analysis.subsetWhere(name, asking.signal);
      await copyText(where);
      this._note.classList.remove('lsp-mod-error');
      this._note.textContent = `Copied a condition with ${where.length.toLocaleString('en')} characters.`;
    } catch (reason) {
      this._fail(reason);
    }
  }

  private _rename(item: HTMLElement, name: string): void {
    const title = item.querySelector('strong')!;
    const input = element('input', 'lsp-Input', null);
    input.value = name;
    input.maxLength = 64;
    input.setAttribute('aria-label', `New name of ${name}`);
    title.replaceWith(input);
    input.select();
    input.addEventListener('keydown', event => {
      if (event.key === 'Escape') {
        event.preventDefault();
        this.update();
      } else if (event.key === 'Enter') {
        const to = input.value.trim();
        if (to && to !== name) {
          this._subject.analysis
            .renameSubset(name, to)
            .catch((reason: unknown) => this._fail(reason));
        } else {
          this.update();
        }
      }
    });
  }

  private _fail(reason: unknown): void {
    if (!isCancelled(reason)) {
      this._note.classList.add('lsp-mod-error');
      this._note.textContent = reasonText(reason);
    }
  }

  private readonly _name: HTMLInputElement;
  private readonly _selected: HTMLButtonElement;
  private readonly _filtered: HTMLButtonElement;
  private readonly _note: HTMLElement;
  private readonly _list: HTMLElement;
  private readonly _combine: HTMLElement;
  private readonly _expression: HTMLInputElement;
  private readonly _show: HTMLButtonElement;
  private readonly _keep: HTMLButtonElement;
  private readonly _stop: () => void;
  private _read = false;
  private _asking: AbortController | null = null;
}
