/** Chooses the columns of a table: which are shown, in which order, which stay in place. */

import { button, element } from './dom';
import type { DrawerPanel } from './drawer';
import { describe } from './header';
import { FROZEN_MAX } from './layout';
import type { ColumnLayout } from './layout';
import type { SourceColumn } from './source';

/** Columns listed at once; the search finds the others. */
const LISTED = 300;

/** What the panel is told. */
export interface ColumnsSubject {
  readonly layout: ColumnLayout;
  columns(): readonly SourceColumn[];
  /** Change the expression of a computed column. */
  edit(name: string): void;
  isDerived(name: string): boolean;
  /** Go to a column. */
  reveal(name: string): void;
}

/** The panel. */
export class ColumnsPanel implements DrawerPanel {
  constructor(private readonly _subject: ColumnsSubject) {
    this.node.className = 'lsp-Columns';
    this._search = element('input', 'lsp-Input', this.node);
    this._search.type = 'search';
    this._search.placeholder = 'Search names, units, descriptions';
    this._search.setAttribute('aria-label', 'Search columns');
    this._search.addEventListener('input', () => this.update());
    const tools = element('div', 'lsp-Panel-tools', this.node);
    button('lsp-Link', tools, 'Show all', () => this._show(true));
    button('lsp-Link', tools, 'Hide all', () => this._show(false));
    this._reset = button(
      'lsp-Link',
      tools,
      'Reset',
      () => this._subject.layout.reset(),
      'Columns, order and fixed columns as in the result'
    );
    const frozen = element('label', 'lsp-Columns-frozen', this.node, 'Columns that stay in place');
    this._frozen = element('input', 'lsp-Input', frozen);
    this._frozen.type = 'number';
    this._frozen.min = '0';
    this._frozen.max = String(FROZEN_MAX);
    this._frozen.addEventListener('change', () =>
      this._subject.layout.freeze(Math.floor(Number(this._frozen.value) || 0))
    );
    this._said = element('div', 'lsp-Panel-note', this.node);
    this._said.setAttribute('role', 'status');
    this._list = element('ul', 'lsp-Columns-list', this.node);
    this._list.setAttribute('aria-label', 'Columns');
    this._list.addEventListener('dragover', event => this._over(event));
    this._list.addEventListener('dragleave', () => this._mark(null));
    this._list.addEventListener('drop', event => this._dropped(event));
    _subject.layout.changed.connect(this.update, this);
    this.update();
  }

  readonly node = document.createElement('div');

  update(): void {
    const { layout } = this._subject;
    const found = this._found();
    const shown = layout.shown.length;
    this._frozen.value = String(layout.frozen);
    this._reset.disabled = layout.isPlain;
    const listed = found.slice(0, LISTED);
    this._said.textContent = [
      `${shown} of ${layout.order.length} shown`,
      found.length > listed.length ? `the first ${LISTED} are listed: search for others` : ''
    ]
      .filter(text => text !== '')
      .join('; ');
    const focused = document.activeElement?.closest<HTMLElement>('.lsp-Columns-item');
    const again =
      focused && this._list.contains(focused)
        ? [focused.dataset.column, (document.activeElement as HTMLElement).dataset.part]
        : null;
    this._list.replaceChildren(...listed.map(column => this._item(column)));
    if (listed.length === 0) {
      element('li', 'lsp-Panel-note', this._list, 'No column has this in its name or description.');
    }
    if (again) {
      const item = [...this._list.children].find(
        one => (one as HTMLElement).dataset.column === again[0]
      );
      item?.querySelector<HTMLElement>(`[data-part="${again[1]}"]`)?.focus();
    }
  }

  dispose(): void {
    this._subject.layout.changed.disconnect(this.update, this);
  }

  private _found(): SourceColumn[] {
    const columns = new Map(this._subject.columns().map(column => [column.name, column]));
    const words = this._search.value.toLowerCase().split(/\s+/).filter(Boolean);
    return this._subject.layout.order
      .map(name => columns.get(name))
      .filter(column => column !== undefined)
      .filter(({ name, unit, description, ucd }) => {
        const text = `${name} ${unit ?? ''} ${description ?? ''} ${ucd ?? ''}`.toLowerCase();
        return words.every(word => text.includes(word));
      });
  }

  private _show(shown: boolean): void {
    this._subject.layout.show(
      this._found().map(column => column.name),
      shown
    );
  }

  private _item(column: SourceColumn): HTMLElement {
    const { layout } = this._subject;
    const { name } = column;
    const item = element('li', 'lsp-Columns-item', null);
    item.dataset.column = name;
    item.draggable = true;
    item.title = `${describe(column)}\nDrag to move, or Alt with the arrow keys`;
    item.addEventListener('dragstart', event => {
      this._dragged = name;
      event.dataTransfer?.setData('text/plain', name);
      item.classList.add('lsp-mod-dragged');
    });
    item.addEventListener('dragend', () => {
      this._dragged = null;
      item.classList.remove('lsp-mod-dragged');
      this._mark(null);
    });
    const label = element('label', 'lsp-Columns-label', item);
    const box = element('input', '', label);
    box.type = 'checkbox';
    box.checked = layout.isShown(name);
    box.dataset.part = 'box';
    box.addEventListener('change', () => layout.show([name], box.checked));
    box.addEventListener('keydown', event => {
      const by = event.key === 'ArrowUp' ? -1 : event.key === 'ArrowDown' ? 1 : 0;
      if (!by) {
        return;
      }
      event.preventDefault();
      event.stopPropagation();
      if (event.altKey) {
        layout.shift(name, by);
      } else {
        const next = by < 0 ? item.previousElementSibling : item.nextElementSibling;
        next?.querySelector<HTMLElement>('input')?.focus();
      }
    });
    element('span', 'lsp-Columns-name', label, name);
    if (column.unit) {
      element('span', 'lsp-Columns-unit', label, column.unit);
    }
    if (this._subject.isDerived(name)) {
      const edit = button(
        'lsp-Link',
        item,
        'Edit',
        () => this._subject.edit(name),
        `Edit the expression of ${name}`
      );
      edit.dataset.part = 'edit';
    }
    if (layout.isShown(name)) {
      const go = button(
        'lsp-Columns-go',
        item,
        '→',
        () => this._subject.reveal(name),
        `Go to ${name}`
      );
      go.dataset.part = 'go';
    }
    return item;
  }

  private _target(event: DragEvent): [HTMLElement, boolean] | null {
    const item = (event.target as HTMLElement).closest<HTMLElement>('.lsp-Columns-item');
    if (!item || !this._dragged) {
      return null;
    }
    const box = item.getBoundingClientRect();
    return [item, event.clientY > box.top + box.height / 2];
  }

  private _over(event: DragEvent): void {
    const target = this._target(event);
    if (target) {
      event.preventDefault();
      this._mark(target);
    }
  }

  private _mark(target: [HTMLElement, boolean] | null): void {
    for (const node of this._list.querySelectorAll('.lsp-mod-before, .lsp-mod-after')) {
      node.classList.remove('lsp-mod-before', 'lsp-mod-after');
    }
    target?.[0].classList.add(target[1] ? 'lsp-mod-after' : 'lsp-mod-before');
  }

  private _dropped(event: DragEvent): void {
    const target = this._target(event);
    const dragged = this._dragged;
    if (!target || !dragged) {
      return;
    }
    event.preventDefault();
    const [item, after] = target;
    const { order } = this._subject.layout;
    const place = order.indexOf(item.dataset.column ?? '') + (after ? 1 : 0);
    this._subject.layout.move(dragged, order[place] ?? null);
  }

  private readonly _search: HTMLInputElement;
  private readonly _frozen: HTMLInputElement;
  private readonly _reset: HTMLButtonElement;
  private readonly _said: HTMLElement;
  private readonly _list: HTMLElement;
  private _dragged: string | null = null;
}
