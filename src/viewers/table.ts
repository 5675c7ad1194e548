/** The table viewer: any result, any size, without a framework. */

import { CommandRegistry } from '@lumino/commands';
import { MessageLoop } from '@lumino/messaging';
import type { Message } from '@lumino/messaging';
import { Menu, PanelLayout, Widget } from '@lumino/widgets';

import { COPY_MAX, copyText, rowsAsText } from './clipboard';
import { FilterError, parseFilter } from './filters';
import { TableFooter, rowCount } from './footer';
import type { FooterRequest } from './footer';
import { TableGrid } from './grid';
import { TableHeader } from './header';
import type { HeaderRequest } from './header';
import { TableKeys, TableMouse } from './input';
import { TableMirror } from './mirror';
import { TableModel } from './model';
import type { ModelChange } from './model';
import { count } from './ranges';
import { RowSelector } from './select';
import { readTheme, watchTheme } from './theme';
import type { Condition, RowSource, SortKey, TableView as View } from './source';

/** Columns whose width is fitted to their text at the start. */
const FITTED = 200;

function message(reason: unknown): string {
  if (reason instanceof Error) {
    const { hint } = reason as { hint?: string };
    return hint ? `${reason.message} ${hint}` : reason.message;
  }
  return String(reason);
}

/**
 * A table over a `RowSource`: scrolls, sorts, filters, selects, copies.
 *
 * It holds no more than some pages of rows; everything else stays with the
 * source.
 */
export class TableViewer extends Widget {
  constructor(readonly source: RowSource) {
    super();
    this.addClass('lsp-Table');
    this.model = new TableModel(source);
    this.selector = new RowSelector(this.model);
    this.grid = new TableGrid(this.model, this.selector);
    this.grid.addClass('lsp-Table-grid');
    this.grid.mouseHandler = new TableMouse();
    this.grid.keyHandler = new TableKeys(() => void this.copy());
    const body = this.grid.viewport.node;
    body.setAttribute('role', 'application');
    body.setAttribute('aria-roledescription', 'table');
    body.setAttribute(
      'aria-label',
      'Table of rows. Arrow keys move, space selects, shift extends, control A selects all.'
    );
    this._header = new TableHeader(
      this.grid,
      source.columns,
      column => this.model.format(column).kind
    );
    this._footer = new TableFooter();
    this._mirror = new TableMirror(this.grid);
    this._empty.className = 'lsp-Table-empty';
    this._empty.hidden = true;
    const layout = (this.layout = new PanelLayout());
    layout.addWidget(this.grid);
    this.node.prepend(this._header.node);
    this.node.append(this._empty, this._footer.node, this._mirror.node);

    this._header.requested.connect(this._onHeader, this);
    this._footer.requested.connect(this._onFooter, this);
    this.model.happened.connect(this._onModel, this);
    this.selector.changed.connect(this._update, this);
    this.selector.failed.connect((_, reason) => {
      this._problem = message(reason);
      this._update();
    });
    this.grid.painted.connect(this._onPainted, this);
    this._resizes = new ResizeObserver(() => {
      MessageLoop.sendMessage(this.grid, Widget.ResizeMessage.UnknownSize);
    });
    this._menuCommands();
    this._update();
  }

  readonly model: TableModel;
  readonly selector: RowSelector;
  readonly grid: TableGrid;

  /** The view on screen, or being made. */
  get view(): View {
    const filter: Condition[] = [];
    this.source.columns.forEach((column, i) => {
      const text = this._header.filterText(i);
      if (text) {
        filter.push(...parseFilter(column.name, text, this.model.format(i).kind));
      }
    });
    return { sort: this._sort, filter };
  }

  /** Sort by these keys. */
  sortBy(sort: readonly SortKey[]): void {
    const before = this._sort;
    this._sort = sort;
    this._header.setSort(sort);
    void this._apply(() => {
      this._sort = before;
      this._header.setSort(before);
    });
  }

  /** Filter a column by a typed expression; blank clears it. */
  filterBy(column: number, text: string): void {
    const { name } = this.source.columns[column];
    const before = this._header.filterText(column);
    try {
      parseFilter(name, text, this.model.format(column).kind);
    } catch (reason) {
      if (!(reason instanceof FilterError)) {
        throw reason;
      }
      this._header.setFilter(column, before, reason.message);
      this._problem = reason.message;
      this._mirror.announce(reason.message);
      this._update();
      return;
    }
    this._header.setFilter(column, text);
    void this._apply(() => this._header.setFilter(column, before));
  }

  /** Put the selected rows on the clipboard, or the cell at the cursor if none is. */
  async copy(): Promise<void> {
    // What is shown as selected may still be on its way to the source.
    if (!(await this.selector.commit())) {
      return; // It was refused, and the line below says why.
    }
    const { ranges } = this.source.selection;
    const rows = count(ranges);
    if (rows === 0) {
      const { row, column } = this.selector;
      const text = row >= 0 ? this.model.exact(row, column) : undefined;
      if (text !== undefined) {
        await copyText(text);
        this._mirror.announce('Copied the cell.');
      }
      return;
    }
    try {
      const text = await rowsAsText(this.model, ranges, this._copying.signal);
      await copyText(text);
      const copied = Math.min(rows, COPY_MAX);
      this._notice = `Copied ${rowCount(copied)}${rows > copied ? ` of ${rows.toLocaleString('en')}` : ''}.`;
      this._mirror.announce(this._notice);
    } catch (reason) {
      this._problem = message(reason);
    }
    this._update();
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._copying.abort();
    this._unwatch?.();
    this._resizes.disconnect();
    this._menu.dispose();
    this._mirror.dispose();
    this._header.dispose();
    this._footer.dispose();
    this.selector.dispose();
    this.model.dispose();
    super.dispose();
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._useTheme();
    this._unwatch = watchTheme(() => requestAnimationFrame(() => this._useTheme()));
    this._resizes.observe(this.grid.node);
    this._fit();
  }

  protected override onBeforeDetach(msg: Message): void {
    this._unwatch?.();
    this._unwatch = null;
    this._resizes.disconnect();
    super.onBeforeDetach(msg);
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this.grid.viewport.node.focus();
  }

  private _useTheme(): void {
    if (this.isAttached) {
      this.grid.useTheme(readTheme(this.node));
    }
  }

  /** Ask for the rows that came on screen. */
  private _onPainted(): void {
    const visible = this.grid.visible;
    this.model.show(visible?.firstRow ?? 0, visible?.lastRow ?? 0);
    const key = visible ? `${visible.firstRow}:${visible.lastRow}` : '';
    if (key !== this._shown) {
      this._shown = key;
      this._update();
    }
  }

  private _onModel(_: TableModel, change: ModelChange): void {
    if (change === 'failed') {
      this._problem = message(this.model.error);
      this._mirror.announce(this._problem);
    } else if (change === 'view') {
      this._problem = '';
      this.grid.scrollTo(this.grid.scrollX, 0);
      this._mirror.flush();
      this._mirror.announce(`${rowCount(this.model.rows)} in this view.`);
    } else if (change === 'page') {
      this._problem = '';
      this._fit();
    }
    this._mirror.update();
    this._update();
  }

  /** Fit the columns to their text, once, when the first rows are there. */
  private _fit(): void {
    this.grid.fitRowHeader(this.model.rows);
    if (this._fitted || !this.isAttached) {
      return;
    }
    this._fitted = this.model.described;
    const columns = Math.min(this.source.columns.length, FITTED);
    for (let column = 0; column < columns; column += 1) {
      this.grid.resizeColumn(
        'body',
        column,
        this.grid.bestWidth(column, this._header.titleWidth(column))
      );
    }
    this._header.refresh();
  }

  private async _apply(revert: () => void): Promise<void> {
    this._problem = '';
    this._notice = '';
    this._update();
    const done = await this.model.setView(this.view);
    if (!done && !this.model.busy && this.model.error) {
      revert();
    }
    this._update();
  }

  private _onHeader(_: TableHeader, request: HeaderRequest): void {
    if (request.kind === 'all') {
      this.selector.all();
    } else if (request.kind === 'filter') {
      this.filterBy(request.column, request.text);
    } else if (request.kind === 'menu') {
      this._menuColumn = request.column;
      this._menu.open(request.x, request.y);
    } else {
      const { name } = this.source.columns[request.column];
      const order = this._sort.find(([key]) => key === name)?.[1];
      const next = order === undefined ? 'asc' : order === 'asc' ? 'desc' : undefined;
      this._sortColumn(name, next, request.add);
    }
  }

  private _sortColumn(name: string, order: 'asc' | 'desc' | undefined, add: boolean): void {
    const key: SortKey[] = order ? [[name, order]] : [];
    if (!add) {
      this.sortBy(key);
      return;
    }
    const place = this._sort.findIndex(([other]) => other === name);
    const rest = this._sort.filter(([other]) => other !== name);
    rest.splice(place < 0 ? rest.length : place, 0, ...key);
    this.sortBy(rest);
  }

  private _onFooter(_: TableFooter, request: FooterRequest): void {
    if (request === 'unsort') {
      this.sortBy([]);
    } else if (request === 'unfilter') {
      this._clearFilters();
    } else if (request === 'unselect') {
      this.selector.clear();
    } else {
      this._problem = '';
      this.model.retry();
    }
  }

  private _clearFilters(): void {
    const before = this.source.columns.map((_, i) => this._header.filterText(i));
    before.forEach((text, i) => text && this._header.setFilter(i, ''));
    void this._apply(() => before.forEach((text, i) => this._header.setFilter(i, text)));
  }

  private _menuCommands(): void {
    const commands = new CommandRegistry();
    const column = (): string => this.source.columns[this._menuColumn].name;
    const order = (): string | undefined => this._sort.find(([key]) => key === column())?.[1];
    const isEnabled = (): boolean => this.source.complete;
    const add = (id: string, label: string, execute: () => void, more: object = {}): void => {
      commands.addCommand(id, { label, execute, isEnabled, ...more });
      this._menu.addItem({ command: id });
    };
    this._menu = new Menu({ commands });
    this._menu.addClass('lsp-Menu');
    add('asc', 'Sort ascending', () => this._sortColumn(column(), 'asc', false), {
      isToggled: () => order() === 'asc'
    });
    add('desc', 'Sort descending', () => this._sortColumn(column(), 'desc', false), {
      isToggled: () => order() === 'desc'
    });
    add('then-asc', 'Then sort ascending', () => this._sortColumn(column(), 'asc', true));
    add('then-desc', 'Then sort descending', () => this._sortColumn(column(), 'desc', true));
    add('unsort', 'Do not sort by this column', () => this._sortColumn(column(), undefined, true), {
      isEnabled: () => order() !== undefined
    });
    this._menu.addItem({ type: 'separator' });
    add('filter', 'Filter…', () => this._header.focusFilter(this._menuColumn));
    add('unfilter', 'Clear this filter', () => this.filterBy(this._menuColumn, ''), {
      isEnabled: () => this._header.filterText(this._menuColumn) !== ''
    });
    this._menu.addItem({ type: 'separator' });
    const fit = (): void => {
      const width = this.grid.bestWidth(
        this._menuColumn,
        this._header.titleWidth(this._menuColumn)
      );
      this.grid.resizeColumn('body', this._menuColumn, width);
    };
    add('fit', 'Fit width', fit, { isEnabled: () => true });
    add('copy', 'Copy name', () => void copyText(column()), { isEnabled: () => true });
  }

  /** Say what is on screen. */
  private _update(): void {
    const { source, model } = this;
    const visible = model.rows > 0 ? this.grid.visible : null;
    const filters = [...new Set(model.view.filter.map(([name]) => name))];
    this._header.enabled = source.complete;
    const selected = this.selector.count;
    if (selected !== this._selected) {
      this._selected = selected;
      this._mirror.update();
    }
    this._footer.set({
      shown: visible ? [visible.firstRow + 1, Math.min(visible.lastRow + 1, model.rows)] : null,
      rows: model.rows,
      total: source.rows,
      complete: source.complete,
      sort: model.view.sort,
      filters,
      selected,
      busy: model.busy ? 'Arranging rows…' : this._notice,
      error: this._problem,
      retry: this.model.error !== null
    });
    this.node.setAttribute('aria-busy', String(model.busy));
    const empty = source.complete && model.rows === 0 && !model.busy;
    this._empty.hidden = !empty;
    this._empty.textContent =
      filters.length > 0 ? 'No row passes the filters.' : 'The query found no rows.';
  }

  private readonly _header: TableHeader;
  private readonly _footer: TableFooter;
  private readonly _mirror: TableMirror;
  private readonly _empty = document.createElement('div');
  private readonly _resizes: ResizeObserver;
  private readonly _copying = new AbortController();
  private _menu!: Menu;
  private _menuColumn = 0;
  private _sort: readonly SortKey[] = [];
  private _problem = '';
  private _notice = '';
  private _shown = '';
  private _selected = 0;
  private _fitted = false;
  private _unwatch: (() => void) | null = null;
}
