/** The rows of a view as a data model of the grid, page by page. */

import type { Vector } from 'apache-arrow';
import { DataModel } from '@lumino/datagrid';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { cellText, formatOf, kindOf } from './cells';
import type { CellFormat } from './cells';
import { PageCache } from './pages';
import { PLAIN, ROW, isPlain } from './source';
import type { RowBlock, RowSource, TableView } from './source';

/** The value of a cell whose page is not there yet. */
export const LOADING = Symbol('loading');

/** Cells of one page, about; and rows of it at least and at most. */
const PAGE_CELLS = 20_000;
const PAGE_ROWS = [50, 500] as const;
/** Pages kept in memory. */
const PAGES_KEPT = 64;
/** Rows around the screen that are fetched with it. */
const MARGIN = 40;
/** Milliseconds between two rounds of requests while scrolling. */
const PACE = 40;

/** One page of rows. */
interface Page {
  readonly length: number;
  readonly columns: readonly (Vector | null)[];
  readonly ids: Vector | null;
}

/** Rows of a page of a table with so many columns. */
export function pageRows(columns: number): number {
  const rows = Math.floor(PAGE_CELLS / Math.max(1, columns));
  return Math.max(PAGE_ROWS[0], Math.min(PAGE_ROWS[1], rows));
}

/** What happened to a model. */
export type ModelChange = 'page' | 'rows' | 'view' | 'failed' | 'busy';

/** A lazy model over a source: asks for what is on screen, nothing else. */
export class TableModel extends DataModel {
  constructor(readonly source: RowSource) {
    super();
    this._pageRows = pageRows(source.columns.length);
    this._rows = source.rows;
    this._formats = source.columns.map(column => ({
      kind: kindOf(column),
      decimals: -1,
      digits: 12
    }));
    this._cache = this._newCache();
    this._unsubscribe = source.onChange(change => {
      if (change === 'rows') {
        this._grow();
      }
    });
  }

  /** Something happened. */
  get happened(): ISignal<this, ModelChange> {
    return this._happened;
  }

  /** The view on screen. */
  get view(): TableView {
    return this._view;
  }

  /** Rows of the view on screen. */
  get rows(): number {
    return this._rows;
  }

  /** Why the last request failed, if it did. */
  get error(): unknown {
    return this._error;
  }

  /** Whether a new view is being made. */
  get busy(): boolean {
    return this._pending !== null;
  }

  /** Whether some page is there, so that formats are known. */
  get described(): boolean {
    return this._described;
  }

  /** Requests under way. */
  get loading(): boolean {
    return this.busy || this._cache.pending > 0;
  }

  override rowCount(region: DataModel.RowRegion): number {
    return region === 'body' ? this._rows : 0;
  }

  override columnCount(region: DataModel.ColumnRegion): number {
    return region === 'body' ? this.source.columns.length : 1;
  }

  override data(region: DataModel.CellRegion, row: number, column: number): unknown {
    if (region === 'body') {
      return this.text(row, column) ?? LOADING;
    }
    if (region === 'row-header') {
      return (row + 1).toLocaleString('en');
    }
    return '';
  }

  /** How a column is written. */
  format(column: number): CellFormat {
    return this._formats[column];
  }

  /** A cell as it is shown; `undefined` while its page is not there. */
  text(row: number, column: number): string | undefined {
    return this._cell(row, column, this._formats[column]);
  }

  /** A cell with every digit it has; `undefined` while its page is not there. */
  exact(row: number, column: number): string | undefined {
    return this._cell(row, column, null);
  }

  /** The place in the result of a row of the view; `undefined` while its page is not there. */
  rowId(row: number): number | undefined {
    if (isPlain(this._view)) {
      return row;
    }
    const page = this._cache.get(Math.floor(row / this._pageRows));
    const index = row % this._pageRows;
    return page?.ids && index < page.length ? Number(page.ids.get(index)) : undefined;
  }

  /** Where a row of the result is in the view; `undefined` while its page is not there. */
  positionOf(id: number): number | undefined {
    if (isPlain(this._view)) {
      return id < this._rows ? id : undefined;
    }
    for (const [index, page] of this._cache.entries()) {
      for (let i = 0; page.ids && i < page.length; i += 1) {
        if (Number(page.ids.get(i)) === id) {
          return index * this._pageRows + i;
        }
      }
    }
    return undefined;
  }

  /** Whether a row's page is there. */
  has(row: number): boolean {
    const page = this._cache.get(Math.floor(row / this._pageRows));
    return page !== undefined && row % this._pageRows < page.length;
  }

  /** Say which rows are on screen: their pages are fetched, others given up. */
  show(first: number, last: number): void {
    this._shown = [first, last];
    const wait = this._asked + PACE - performance.now();
    if (wait <= 0) {
      this._ask();
    } else if (!this._timer) {
      this._timer = setTimeout(() => this._ask(), wait);
    }
  }

  /**
   * Sort and filter. The old rows stay until the first new ones are there.
   *
   * Resolves to whether the view is now on screen; `false` when it failed
   * (then `error` says why) or was overtaken by another.
   */
  async setView(view: TableView): Promise<boolean> {
    this._pending?.abort();
    const controller = new AbortController();
    this._pending = controller;
    this._happened.emit('busy');
    try {
      const block = await this.source.fetch(0, this._pageRows, view, controller.signal);
      if (this._pending !== controller) {
        return false;
      }
      this._pending = null;
      this._error = null;
      this._view = view;
      this._cache.clear();
      this._cache = this._newCache();
      this._cache.put(0, this._page(block));
      this._setRows(block.rows);
      this._repaint(0, this._rows);
      this._happened.emit('view');
      return true;
    } catch (reason) {
      if (this._pending === controller) {
        this._pending = null;
        this._fail(reason);
      }
      return false;
    }
  }

  /** Try again what failed. */
  retry(): void {
    this._error = null;
    this._cache.retry();
    this._ask();
    this._happened.emit('page');
  }

  /** Fetch some rows of the view in one piece, for copying. */
  read(start: number, count: number, signal: AbortSignal): Promise<RowBlock> {
    return this.source.fetch(start, count, this._view, signal);
  }

  /** Stop every request. */
  dispose(): void {
    this._unsubscribe();
    clearTimeout(this._timer);
    this._pending?.abort();
    this._pending = null;
    this._cache.clear();
    Signal.clearData(this);
  }

  private _newCache(): PageCache<Page> {
    return new PageCache<Page>(
      (index, signal) => this._readPage(index, signal),
      PAGES_KEPT,
      (index, page) => {
        this._error = null;
        const start = index * this._pageRows;
        this._repaint(start, start + page.length);
        this._happened.emit('page');
      },
      (_, reason) => this._fail(reason)
    );
  }

  private async _readPage(index: number, signal: AbortSignal): Promise<Page> {
    const start = index * this._pageRows;
    const asked = Math.min(this._pageRows, this._rows - start);
    const block = await this.source.fetch(start, asked, this._view, signal);
    const got = block.table.numRows;
    if (got > 0 && got < asked && start + got < block.rows) {
      // The server gives smaller pages than we ask for: take its size.
      this._pageRows = got;
      this._cache.clear();
      this._ask();
    }
    if (!isPlain(this._view) || block.rows > this._rows) {
      this._setRows(block.rows);
    }
    return this._page(block);
  }

  private _page(block: RowBlock): Page {
    const { table } = block;
    const columns = this.source.columns.map(column => table.getChild(column.name));
    if (!this._described && table.numRows > 0) {
      this._described = true;
      this._formats = columns.map((vector, i) => (vector ? formatOf(vector) : this._formats[i]));
    }
    return { length: table.numRows, columns, ids: table.getChild(ROW) };
  }

  private _cell(row: number, column: number, format: CellFormat | null): string | undefined {
    const page = this._cache.get(Math.floor(row / this._pageRows));
    const index = row % this._pageRows;
    if (!page || index >= page.length) {
      return undefined;
    }
    const vector = page.columns[column];
    return vector ? cellText(vector, index, format) : '';
  }

  private _ask(): void {
    clearTimeout(this._timer);
    this._timer = undefined;
    this._asked = performance.now();
    if (this._rows === 0) {
      return;
    }
    const [first, last] = this._shown;
    const low = Math.max(0, Math.floor((first - MARGIN) / this._pageRows));
    const high = Math.floor(Math.min(this._rows - 1, last + MARGIN) / this._pageRows);
    const pages: number[] = [];
    for (let index = low; index <= high; index += 1) {
      pages.push(index);
    }
    this._cache.want(pages);
  }

  private _grow(): void {
    if (isPlain(this._view) && this.source.rows > this._rows) {
      this._cache.expire(Math.floor(Math.max(0, this._rows - 1) / this._pageRows));
      this._setRows(this.source.rows);
      this._ask();
    }
    this._happened.emit('rows');
  }

  private _setRows(rows: number): void {
    const old = this._rows;
    if (rows === old) {
      return;
    }
    this._rows = rows;
    const type = rows > old ? 'rows-inserted' : 'rows-removed';
    this.emitChanged({
      type,
      region: 'body',
      index: Math.min(rows, old),
      span: Math.abs(rows - old)
    });
  }

  private _repaint(start: number, end: number): void {
    const stop = Math.min(end, this._rows);
    if (stop > start) {
      this.emitChanged({
        type: 'cells-changed',
        region: 'body',
        row: start,
        column: 0,
        rowSpan: stop - start,
        columnSpan: this.source.columns.length
      });
    }
  }

  private _fail(reason: unknown): void {
    this._error = reason;
    this._happened.emit('failed');
  }

  private _cache: PageCache<Page>;
  private _formats: CellFormat[];
  private _pageRows: number;
  private _rows: number;
  private _view: TableView = PLAIN;
  private _pending: AbortController | null = null;
  private _error: unknown = null;
  private _described = false;
  private _shown: [number, number] = [0, 0];
  private _asked = 0;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private readonly _unsubscribe: () => void;
  private readonly _happened = new Signal<this, ModelChange>(this);
}
