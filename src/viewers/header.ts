/** The head of a table: names, units, sorting and filters, as real elements. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { ColumnStatistics } from './analysis';
import { isNumeric } from './cells';
import type { Kind } from './cells';
import { Distribution } from './distribution';
import { element } from './dom';
import { FILTER_HELP } from './filters';
import type { TableGrid } from './grid';
import type { SortKey, SourceColumn } from './source';

/** What a person asked for in the head. */
export type HeaderRequest =
  | { readonly kind: 'sort'; readonly column: string; readonly add: boolean }
  | { readonly kind: 'filter'; readonly column: string; readonly text: string }
  | { readonly kind: 'menu'; readonly column: string; readonly x: number; readonly y: number }
  | { readonly kind: 'move'; readonly column: string; readonly before: string | null }
  | { readonly kind: 'all' };

interface Cell {
  readonly node: HTMLElement;
  readonly sort: HTMLButtonElement;
  readonly mark: HTMLElement;
  readonly filter: HTMLInputElement;
  readonly distribution: Distribution | null;
}

/** Pixels a pointer must move before a title is dragged. */
const DRAG = 6;

/** What a tooltip says about a column. */
export function describe(column: SourceColumn): string {
  const type = [
    column.datatype || column.arrow,
    column.arraysize ? `[${column.arraysize}]` : ''
  ].join('');
  const lines = [
    column.name,
    column.description ?? '',
    column.unit ? `Unit: ${column.unit}` : '',
    column.ucd ? `UCD: ${column.ucd}` : '',
    type ? `Type: ${type}` : ''
  ];
  return lines.filter(line => line !== '').join('\n');
}

/** The head above a grid; only the columns on screen have elements. */
export class TableHeader {
  constructor(
    private readonly _grid: TableGrid,
    private readonly _kind: (column: number) => Kind
  ) {
    this.node.className = 'lsp-Head';
    this._corner = element('button', 'lsp-Head-corner', this.node);
    this._corner.type = 'button';
    this._corner.title = 'Select all rows';
    this._corner.setAttribute('aria-label', 'Select all rows');
    this._corner.textContent = '#';
    this._corner.addEventListener('click', () => this._requested.emit({ kind: 'all' }));
    this._clip = element('div', 'lsp-Head-clip', this.node);
    this._strip = element('div', 'lsp-Head-strip', this._clip);
    this._held = element('div', 'lsp-Head-held', this.node);
    this._held.hidden = true;
    this._drop = element('div', 'lsp-Head-drop', this._clip);
    this._drop.hidden = true;
    this._describe();
    _grid.painted.connect(this.place, this);
  }

  readonly node = document.createElement('div');

  /** A person asked for something. */
  get requested(): ISignal<this, HeaderRequest> {
    return this._requested;
  }

  /** Whether sorting and filtering are possible now. */
  set enabled(value: boolean) {
    if (value !== this._enabled) {
      this._enabled = value;
      this.refresh();
    }
  }

  /** Width of the title of a column, pixels. */
  titleWidth(column: number): number {
    const { name, unit } = this._columns[column];
    return Math.max(this._grid.measure(name) * 1.06 + 44, unit ? this._grid.measure(unit) + 20 : 0);
  }

  /** The columns on screen, or their order, changed. */
  rebuild(): void {
    for (const cell of this._cells.values()) {
      cell.node.remove();
    }
    this._cells.clear();
    this._describe();
    this.place();
  }

  /** Show distributions above the filters, asked for column by column as they come on screen. */
  set distributions(read: ((column: string) => ColumnStatistics | string | null) | null) {
    if ((read === null) !== (this._read === null)) {
      this._read = read;
      this.node.classList.toggle('lsp-mod-distributions', read !== null);
      this.rebuild();
    } else {
      this._read = read;
      this.refresh();
    }
  }

  /** Names of the columns on screen. */
  get onScreen(): readonly string[] {
    return [...this._cells.keys()].map(column => this._columns[column].name);
  }

  /** What is typed above a column. */
  filterText(column: string): string {
    return this._texts.get(column) ?? '';
  }

  /** Write above a column; the source of truth of what is shown there. */
  setFilter(column: string, text: string, error = ''): void {
    if (text) {
      this._texts.set(column, text);
    } else {
      this._texts.delete(column);
    }
    if (error) {
      this._errors.set(column, error);
    } else {
      this._errors.delete(column);
    }
    this.refresh();
  }

  /** Forget what could not be understood. */
  clearErrors(): void {
    if (this._errors.size > 0) {
      this._errors.clear();
      this.refresh();
    }
  }

  /** Put the cursor into the filter of a column. */
  focusFilter(name: string): void {
    const column = this._columns.findIndex(one => one.name === name);
    if (column < 0) {
      return;
    }
    this._grid.scrollToColumn(column);
    this.place();
    this._cells.get(column)?.filter.focus();
  }

  /** Show the sort keys. */
  setSort(sort: readonly SortKey[]): void {
    this._sort = sort;
    this.refresh();
  }

  /** Bring the elements to where the grid has its columns. */
  place(): void {
    const grid = this._grid;
    const visible = grid.visible;
    const width = grid.headerWidth;
    this._corner.style.width = `${width}px`;
    this._clip.style.left = `${width}px`;
    this._clip.style.width = `${Math.max(0, grid.viewportWidth - width)}px`;
    this._strip.style.transform = `translateX(${-grid.scrollX}px)`;
    const { frozen } = grid;
    this._held.hidden = frozen === 0;
    this._held.style.left = `${width}px`;
    this._held.style.width = `${grid.frozenWidth}px`;
    const first = visible?.firstColumn ?? 0;
    const last = visible?.lastColumn ?? Math.min(this._columns.length, 64) - 1;
    const wanted = (column: number): boolean =>
      column < frozen || (column >= first && column <= last);
    for (const [column, cell] of this._cells) {
      if (!wanted(column) && !cell.node.contains(document.activeElement)) {
        cell.node.remove();
        this._cells.delete(column);
      }
    }
    const columns = Array.from({ length: frozen }, (_, i) => i);
    for (let column = Math.max(first, frozen); column <= last; column += 1) {
      columns.push(column);
    }
    for (const column of columns) {
      let cell = this._cells.get(column);
      const strip = column < frozen ? this._held : this._strip;
      if (!cell) {
        cell = this._make(column);
        this._cells.set(column, cell);
        this._update(column, cell);
        this._insert(column, cell.node, strip);
      } else if (cell.node.parentNode !== strip) {
        this._insert(column, cell.node, strip);
      }
      cell.node.style.left = `${grid.columnOffset('body', column)}px`;
      cell.node.style.width = `${grid.columnSize('body', column)}px`;
    }
  }

  /** Write again what the elements say. */
  refresh(): void {
    for (const [column, cell] of this._cells) {
      this._update(column, cell);
    }
  }

  dispose(): void {
    Signal.clearData(this);
    this.node.remove();
  }

  /** Keep the elements in the order of the columns, so that Tab goes through them in order. */
  private _insert(column: number, node: HTMLElement, strip: HTMLElement): void {
    const later = [...this._cells.entries()]
      .filter(([other, cell]) => other > column && cell.node.parentNode === strip)
      .sort((a, b) => a[0] - b[0])[0];
    strip.insertBefore(node, later ? later[1].node : null);
  }

  private get _columns(): readonly SourceColumn[] {
    return this._grid.model.columns;
  }

  private _describe(): void {
    this.node.classList.toggle(
      'lsp-mod-units',
      this._columns.some(column => column.unit)
    );
  }

  /** A title that is dragged moves its column. */
  private _drag(column: number, title: HTMLElement, down: PointerEvent): void {
    if (down.button !== 0 || down.shiftKey) {
      return;
    }
    const { name } = this._columns[column];
    let before: string | null | undefined;
    const move = (event: PointerEvent): void => {
      if (before === undefined && Math.abs(event.clientX - down.clientX) < DRAG) {
        return;
      }
      const grid = this._grid;
      const box = this._clip.getBoundingClientRect();
      const x = event.clientX - box.left;
      const at = x < grid.frozenWidth ? x : x + grid.scrollX;
      let place = grid.columnAt('body', Math.max(0, at));
      if (place < 0) {
        place = this._columns.length;
      } else if (at - grid.columnOffset('body', place) > grid.columnSize('body', place) / 2) {
        place += 1;
      }
      before = this._columns[place]?.name ?? null;
      const edge =
        place < this._columns.length
          ? grid.columnPlace(place)
          : grid.columnPlace(place - 1) + grid.columnSize('body', place - 1);
      this._drop.hidden = false;
      this._drop.style.left = `${edge - 1}px`;
      title.classList.add('lsp-mod-dragged');
    };
    const stop = (): void => {
      window.removeEventListener('pointermove', move);
      window.removeEventListener('pointerup', up);
      window.removeEventListener('pointercancel', stop);
      this._drop.hidden = true;
      title.classList.remove('lsp-mod-dragged');
    };
    const up = (): void => {
      stop();
      if (before !== undefined) {
        // The click that ends a drag sorts nothing.
        title.addEventListener('click', event => event.stopPropagation(), {
          capture: true,
          once: true
        });
        setTimeout(() => this._requested.emit({ kind: 'move', column: name, before: before! }));
      }
    };
    window.addEventListener('pointermove', move);
    window.addEventListener('pointerup', up);
    window.addEventListener('pointercancel', stop);
  }

  private _make(column: number): Cell {
    const info = this._columns[column];
    const node = document.createElement('div');
    node.className = 'lsp-Head-cell';
    node.dataset.column = info.name;
    const title = element('div', 'lsp-Head-title', node);
    const sort = element('button', 'lsp-Head-sort', title);
    sort.type = 'button';
    sort.title = describe(info);
    const line = element('span', 'lsp-Head-line', sort);
    element('span', 'lsp-Head-name', line).textContent = info.name;
    const mark = element('span', 'lsp-Head-mark', line);
    element('span', 'lsp-Head-unit', sort).textContent = info.unit ?? '';
    sort.addEventListener('click', event =>
      this._requested.emit({
        kind: 'sort',
        column: info.name,
        add: event.shiftKey || event.ctrlKey || event.metaKey
      })
    );
    const menu = element('button', 'lsp-Head-menu', title);
    menu.type = 'button';
    menu.setAttribute('aria-label', `Menu of ${info.name}`);
    menu.setAttribute('aria-haspopup', 'menu');
    menu.addEventListener('click', () => {
      const box = menu.getBoundingClientRect();
      this._requested.emit({ kind: 'menu', column: info.name, x: box.left, y: box.bottom });
    });
    title.addEventListener('contextmenu', event => {
      event.preventDefault();
      event.stopPropagation();
      this._requested.emit({ kind: 'menu', column: info.name, x: event.clientX, y: event.clientY });
    });
    title.addEventListener('pointerdown', event => this._drag(column, title, event));
    const distribution = this._read
      ? new Distribution(node, text =>
          this._requested.emit({ kind: 'filter', column: info.name, text })
        )
      : null;
    const filter = element('input', 'lsp-Head-filter', node);
    filter.type = 'text';
    filter.spellcheck = false;
    filter.autocomplete = 'off';
    filter.setAttribute('aria-label', `Filter ${info.name}`);
    const commit = (): void => {
      if (filter.value.trim() !== this.filterText(info.name)) {
        this._requested.emit({ kind: 'filter', column: info.name, text: filter.value.trim() });
      }
    };
    filter.addEventListener('change', commit);
    filter.addEventListener('keydown', event => {
      if (event.key === 'Enter') {
        commit();
      } else if (event.key === 'Escape') {
        filter.value = this.filterText(info.name);
        this._grid.viewport.node.focus();
      }
      event.stopPropagation();
    });
    const resize = element('div', 'lsp-Head-resize', node);
    resize.addEventListener('pointerdown', event => this._resize(column, resize, event));
    resize.addEventListener('dblclick', () =>
      this._grid.resizeColumn('body', column, this._grid.bestWidth(column, this.titleWidth(column)))
    );
    node.classList.toggle('lsp-mod-right', isNumeric(this._kind(column)));
    return { node, sort, mark, filter, distribution };
  }

  private _update(column: number, cell: Cell): void {
    const { name } = this._columns[column];
    const place = this._sort.findIndex(([key]) => key === name);
    const order = place < 0 ? '' : this._sort[place][1];
    const several = order && this._sort.length > 1;
    cell.mark.textContent = order
      ? `${several ? place + 1 : ''}${order === 'asc' ? '▲' : '▼'}`
      : '';
    const way = order === 'asc' ? 'ascending' : 'descending';
    const rank = several ? `, key ${place + 1} of ${this._sort.length}` : '';
    const said = order ? `, sorted ${way}${rank}` : '';
    cell.sort.setAttribute('aria-label', `Sort by ${name}${said}`);
    cell.sort.disabled = !this._enabled;
    const text = this.filterText(name);
    const error = this._errors.get(name) ?? '';
    // What is being typed stays, unless the filter became another one.
    if (document.activeElement !== cell.filter || cell.filter.dataset.written !== text) {
      cell.filter.value = text;
    }
    cell.filter.dataset.written = text;
    cell.filter.disabled = !this._enabled;
    cell.filter.placeholder = 'filter';
    cell.filter.title =
      error || (this._enabled ? FILTER_HELP : 'Filters work once all rows are there');
    cell.filter.setAttribute('aria-invalid', String(error !== ''));
    cell.node.classList.toggle('lsp-mod-filtered', text !== '');
    const known = cell.distribution ? (this._read?.(name) ?? null) : null;
    if (cell.distribution && this._drawn.get(cell.distribution) !== known) {
      if (known) {
        this._drawn.set(cell.distribution, known);
      }
      if (known === null) {
        cell.distribution.wait();
      } else if (typeof known === 'string') {
        cell.distribution.none(known);
      } else {
        cell.distribution.show(known);
      }
    }
    cell.node.classList.toggle('lsp-mod-right', isNumeric(this._kind(column)));
  }

  private _resize(column: number, handle: HTMLElement, down: PointerEvent): void {
    if (down.button !== 0) {
      return;
    }
    down.preventDefault();
    const width = this._grid.columnSize('body', column);
    handle.setPointerCapture(down.pointerId);
    const move = (event: PointerEvent): void =>
      this._grid.resizeColumn('body', column, Math.max(32, width + event.clientX - down.clientX));
    const up = (): void => {
      handle.removeEventListener('pointermove', move);
      handle.removeEventListener('pointerup', up);
      handle.removeEventListener('pointercancel', up);
    };
    handle.addEventListener('pointermove', move);
    handle.addEventListener('pointerup', up);
    handle.addEventListener('pointercancel', up);
  }

  private readonly _corner: HTMLButtonElement;
  private readonly _clip: HTMLElement;
  private readonly _strip: HTMLElement;
  private readonly _held: HTMLElement;
  private readonly _drop: HTMLElement;
  private readonly _cells = new Map<number, Cell>();
  private readonly _texts = new Map<string, string>();
  private readonly _errors = new Map<string, string>();
  private readonly _drawn = new WeakMap<Distribution, ColumnStatistics | string>();
  private _read: ((column: string) => ColumnStatistics | string | null) | null = null;
  private _sort: readonly SortKey[] = [];
  private _enabled = true;
  private readonly _requested = new Signal<this, HeaderRequest>(this);
}
