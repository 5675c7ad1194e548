/** The table viewer: any result, any size, without a framework. */

import { MessageLoop } from '@lumino/messaging';
import type { Message } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { PanelLayout, Widget } from '@lumino/widgets';

import { copySelected } from './clipboard';
import { ColumnMenu } from './column_menu';
import { Distributions } from './distributions';
import { reasonText } from './dom';
import { Drawer } from './drawer';
import type { DrawerPanel } from './drawer';
import { FilterError } from './filters';
import { TableFooter, rowCount } from './footer';
import type { FooterRequest } from './footer';
import { TableGrid } from './grid';
import { TableHeader } from './header';
import type { HeaderRequest } from './header';
import { TableKeys, TableMouse } from './input';
import { ColumnLayout } from './layout';
import { TableMirror } from './mirror';
import { TableModel } from './model';
import type { ModelChange } from './model';
import { RowSelector } from './select';
import { Showing } from './showing';
import { fromView } from './shown';
import type { TableRequest, TableState } from './shown';
import { tableTabs } from './table_tabs';
import { readTheme, watchTheme } from './theme';
import { ColumnWidths } from './widths';
import type { RowSource, TableView as View } from './source';

/** Milliseconds between two updates of how long a view takes. */
const TICK = 200;

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
    this.grid.mouseHandler = new TableMouse(() => this._drawer.open('row'));
    this.grid.keyHandler = new TableKeys(
      () => void this.copy(),
      () => this._drawer.open('row')
    );
    const body = this.grid.viewport.node;
    body.setAttribute('role', 'application');
    body.setAttribute('aria-roledescription', 'table');
    body.setAttribute(
      'aria-label',
      'Table of rows. Arrow keys move, space selects, shift extends, control A selects all.'
    );
    this.columns = new ColumnLayout(source.columns.map(column => column.name));
    this.showing = new Showing(this.model);
    this._header = new TableHeader(this.grid, column => this.model.format(column).kind);
    this._widths = new ColumnWidths(this.grid, column => this._header.titleWidth(column));
    this._footer = new TableFooter();
    this._mirror = new TableMirror(this.grid);
    this._empty.className = 'lsp-Table-empty';
    this._empty.hidden = true;
    const layout = (this.layout = new PanelLayout());
    layout.addWidget(this.grid);
    this.distributions = new Distributions(this.model, this._header, () => this.isVisible);
    this._menu = new ColumnMenu(this);
    this._drawer = new Drawer(tableTabs(this));
    this.node.prepend(this._header.node);
    this.node.append(this._empty, this._footer.node, this._mirror.node, this._drawer.node);

    this._header.requested.connect(this._onHeader, this);
    this._footer.requested.connect(this._onFooter, this);
    this.model.happened.connect(this._onModel, this);
    this.selector.changed.connect(this._update, this);
    this.selector.failed.connect((_, reason) => {
      this._problem = reasonText(reason);
      this._update();
    });
    this.columns.changed.connect(this._onColumns, this);
    this.showing.changed.connect(this._onShowing, this);
    this._drawer.changed.connect(this._tell, this);
    this.grid.painted.connect(this._onPainted, this);
    this._resizes = new ResizeObserver(() => {
      MessageLoop.sendMessage(this.grid, Widget.ResizeMessage.UnknownSize);
    });
    this._update();
  }

  readonly model: TableModel;
  readonly selector: RowSelector;
  readonly grid: TableGrid;

  readonly columns: ColumnLayout;
  readonly showing: Showing;
  readonly distributions: Distributions;

  /** What it shows changed: the view, the columns, or the drawer. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The view on screen, or being made. */
  get view(): View {
    return this.showing.view;
  }

  /** All that a layout or a link must remember. */
  get state(): TableState {
    const view = this.view;
    const { opened } = this._drawer;
    const parts = Object.entries(view).filter(([, part]) => (part as unknown[] | string).length);
    return {
      ...(parts.length > 0 ? { view: Object.fromEntries(parts) } : {}),
      ...(this.columns.isPlain ? {} : { columns: this.columns.state }),
      ...(opened ? { drawer: opened } : {})
    };
  }

  /** Show what was remembered. */
  restore(state: TableState): void {
    const layout = (): void => {
      if (state.columns) {
        this.columns.restore(state.columns);
      }
    };
    layout();
    if (state.view) {
      // The order may place columns that are computed first.
      void this.showing.set(fromView(state.view)).then(done => done && layout());
    }
    if (state.drawer) {
      this._drawer.open(state.drawer);
    }
  }

  /** A person asked for something that the page does. */
  get requested(): ISignal<this, TableRequest> {
    return this._requested;
  }

  /** Ask the page for something. */
  ask(request: TableRequest): void {
    this._requested.emit(request);
  }

  /** The open panel at the side. */
  get panel(): DrawerPanel | null {
    return this._drawer.panel;
  }

  /** Open a panel at the side. */
  openDrawer(id: string): void {
    this._drawer.open(id);
  }

  /** Filter a column by a typed expression; blank clears it. */
  filterBy(column: string, text: string): void {
    try {
      void this.showing.filter(column, text);
    } catch (reason) {
      if (!(reason instanceof FilterError)) {
        throw reason;
      }
      this._header.setFilter(column, this._header.filterText(column), reason.message);
      this._problem = reason.message;
      this._mirror.announce(reason.message);
      this._update();
    }
  }

  /** Put the cursor into the filter of a column. */
  focusFilter(name: string): void {
    this._header.focusFilter(name);
  }

  /** Bring a column on screen, with the cursor in it. */
  reveal(name: string): void {
    const column = this.model.columns.findIndex(one => one.name === name);
    if (column >= 0) {
      this.grid.scrollToColumn(column);
      this.selector.moveTo(Math.max(0, this.selector.row), column);
    }
  }

  /** Make a column as wide as its text. */
  fitColumn(column: number): void {
    this._widths.best(column);
  }

  /** Tell people who do not see it. */
  announce(text: string): void {
    this._mirror.announce(text);
  }

  /** Ask again for whatever could not be given. */
  retry(): void {
    this.distributions.retry();
    if (this.model.error !== null) {
      this._problem = '';
      this._mirror.announce('');
      this.model.retry();
    }
  }

  /** Put the selected rows on the clipboard, or the cell at the cursor if none is. */
  async copy(): Promise<void> {
    // What is shown as selected may still be on its way to the source.
    if (!(await this.selector.commit())) {
      return; // It was refused, and the line below says why.
    }
    try {
      this._notice = await copySelected(this.model, this.selector, this._copying.signal);
      this._mirror.announce(this._notice);
    } catch (reason) {
      this._problem = reasonText(reason);
    }
    this._update();
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._copying.abort();
    this._unwatch?.();
    clearInterval(this._ticks);
    this.distributions.dispose();
    this.showing.dispose();
    this._drawer.dispose();
    this.columns.dispose();
    Signal.clearData(this);
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
    this.distributions.look();
  }

  private _onModel(_: TableModel, change: ModelChange): void {
    if (change === 'busy') {
      this._problem = '';
      this._notice = '';
      clearInterval(this._ticks);
      this._ticks = setInterval(() => this._update(), TICK);
    } else if (change === 'failed') {
      this._problem = reasonText(this.model.error);
      this._mirror.announce(this._problem);
    } else if (change === 'columns') {
      this._place();
      return;
    } else if (change === 'view') {
      this._problem = '';
      this.columns.setNames(this.model.all.map(column => column.name));
      this._drawer.panel?.update?.();
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

  /** Other columns, or in another order: each keeps its width. */
  private _onColumns(): void {
    this._widths.keep();
    this.grid.frozen = this.columns.frozen;
    this.model.arrange(this.columns.shown);
    this._tell();
  }

  /** Give every column its width, and build the head anew. */
  private _place(): void {
    this._widths.place();
    if (this.selector.row >= 0) {
      this.selector.moveTo(this.selector.row);
    }
    this._header.rebuild();
    this._fit();
    this._mirror.update();
    this.panel?.update?.();
    this._update();
  }

  /** Fit the columns to their text, once, when the first rows are there. */
  private _fit(): void {
    if (this.isAttached && this._widths.fit()) {
      this._header.refresh();
    }
  }

  /** Something else is wanted, or on screen. */
  private _onShowing(): void {
    const { wanted } = this.showing;
    this._header.setSort(wanted.sort);
    for (const { name } of this.model.all) {
      const text = wanted.filters.get(name)?.text ?? '';
      if (text !== this._header.filterText(name)) {
        this._header.setFilter(name, text);
      }
    }
    this._header.clearErrors();
    clearInterval(this._ticks);
    if (this.model.busy) {
      this._ticks = setInterval(() => this._update(), TICK);
    }
    this._update();
    this._tell();
  }

  private _tell(): void {
    this._changed.emit(undefined);
  }

  private _onHeader(_: TableHeader, request: HeaderRequest): void {
    if (request.kind === 'all') {
      this.selector.all();
    } else if (request.kind === 'filter') {
      this.filterBy(request.column, request.text);
    } else if (request.kind === 'move') {
      this.columns.move(request.column, request.before);
    } else if (request.kind === 'menu') {
      this._menu.open(request.column, request.x, request.y);
    } else {
      const order = this.showing.order(request.column);
      const next = order === undefined ? 'asc' : order === 'asc' ? 'desc' : undefined;
      void this.showing.sort(request.column, next, request.add);
    }
  }

  private _onFooter(_: TableFooter, request: FooterRequest): void {
    if (request === 'unsort') {
      void this.showing.change({ sort: [] });
    } else if (request === 'unfilter') {
      void this.showing.unfilter();
    } else if (request === 'unwhere') {
      void this.showing.change({ where: [] });
    } else if (request === 'unsubset') {
      void this.showing.change({ subset: '' });
    } else if (request === 'cancel') {
      this.model.cancel();
    } else if (request === 'unselect') {
      this.selector.clear();
    } else {
      this.retry();
    }
  }

  /** Say what is on screen. */
  private _update(): void {
    const { source, model } = this;
    const visible = model.rows > 0 ? this.grid.visible : null;
    const filtered = new Set(model.view.filter.map(([name]) => name));
    const filters = model.all.map(({ name }) => name).filter(name => filtered.has(name));
    const { where = [], subset = '' } = model.view;
    this._header.enabled = source.complete;
    if (source.complete) {
      this.distributions.begin();
    }
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
      where,
      subset,
      selected,
      busy: model.busy ? this._busyText() : this._notice,
      cancel: model.busy && model.waited > 0.5,
      error: this._problem,
      retry: this.model.error !== null
    });
    this.node.setAttribute('aria-busy', String(model.busy));
    const empty = source.complete && model.rows === 0 && !model.busy;
    this._empty.hidden = !empty;
    this._empty.textContent =
      filters.length + where.length > 0 || subset
        ? 'No row passes the filters.'
        : 'The query found no rows.';
  }

  private _busyText(): string {
    const { waited } = this.model;
    const seconds = waited > 1 ? ` ${waited.toFixed(0)} s` : '';
    return `Arranging ${rowCount(this.source.rows)}…${seconds}`;
  }

  private readonly _header: TableHeader;
  private readonly _footer: TableFooter;
  private readonly _mirror: TableMirror;
  private readonly _empty = document.createElement('div');
  private readonly _resizes: ResizeObserver;
  private readonly _copying = new AbortController();
  private readonly _menu: ColumnMenu;
  private readonly _drawer: Drawer;
  private readonly _widths: ColumnWidths;
  private _ticks: ReturnType<typeof setInterval> | undefined;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _requested = new Signal<this, TableRequest>(this);
  private _problem = '';
  private _notice = '';
  private _shown = '';
  private _selected = 0;
  private _unwatch: (() => void) | null = null;
}
