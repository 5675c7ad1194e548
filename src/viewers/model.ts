/** The rows of a view as a data model of the grid, page by page. */

import type { Table, Vector } from 'apache-arrow';
import { DataModel } from '@lumino/datagrid';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { cellText, formatOf, kindOf } from './cells';
import type { CellFormat, Kind } from './cells';
import { PageCache } from './pages';
import { PLAIN, ROW, arranges } from './source';
import type { RowBlock, RowSource, SourceColumn, TableView } from './source';

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
export type ModelChange = 'page' | 'rows' | 'view' | 'failed' | 'busy' | 'columns' | 'cancelled';

/** A lazy model over a source: asks for what is on screen, nothing else. */
export class TableModel extends DataModel {
  constructor(readonly source: RowSource) {
    super();
    this._pageRows = pageRows(source.columns.length);
    this._rows = source.rows;
    this._all = source.columns;
    this._shown = this._all.map((_, i) => i);
    this._columns = this._all;
    this._formats = this._all.map(column => this._guess(column));
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

  /** Every column: those of the result, then the computed ones. */
  get all(): readonly SourceColumn[] {
    return this._all;
  }

  /** The columns on screen, in their order. */
  get columns(): readonly SourceColumn[] {
    return this._columns;
  }

  /** Show these columns, in this order. */
  arrange(names: readonly string[]): void {
    const places = new Map(this._all.map((column, i) => [column.name, i]));
    this._names = names;
    this._shown = names.map(name => places.get(name)).filter(place => place !== undefined);
    this._columns = this._shown.map(place => this._all[place]);
    this.emitChanged({ type: 'model-reset' });
    this._happened.emit('columns');
  }

  /** What a column holds, shown or not. */
  kind(name: string): Kind {
    const place = this._all.findIndex(column => column.name === name);
    return place < 0 ? 'other' : this._formats[place].kind;
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

  /** Seconds the new view has been in the making. */
  get waited(): number {
    return this._pending ? (performance.now() - this._since) / 1000 : 0;
  }

  /** Requests under way. */
  get loading(): boolean {
    return this.busy || this._cache.pending > 0;
  }

  override rowCount(region: DataModel.RowRegion): number {
    return region === 'body' ? this._rows : 0;
  }

  override columnCount(region: DataModel.ColumnRegion): number {
    return region === 'body' ? this._shown.length : 1;
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
    return this._formats[this._shown[column]];
  }

  /** A cell as it is shown; `undefined` while its page is not there. */
  text(row: number, column: number): string | undefined {
    return this._cell(row, column, this.format(column));
  }

  /** A cell with every digit it has; `undefined` while its page is not there. */
  exact(row: number, column: number): string | undefined {
    return this._cell(row, column, null);
  }

  /** The place in the result of a row of the view; `undefined` while its page is not there. */
  rowId(row: number): number | undefined {
    if (!arranges(this._view)) {
      return row;
    }
    const page = this._cache.get(Math.floor(row / this._pageRows));
    const index = row % this._pageRows;
    return page?.ids && index < page.length ? Number(page.ids.get(index)) : undefined;
  }

  /** Where a row of the result is in the view; `undefined` while its page is not there. */
  positionOf(id: number): number | undefined {
    if (!arranges(this._view)) {
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
    this._rowsShown = [first, last];
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
    this._since = performance.now();
    this._happened.emit('busy');
    try {
      const block = await this.source.fetch(0, this._pageRows, view, controller.signal);
      if (this._pending !== controller) {
        return false;
      }
      this._pending = null;
      this._error = null;
      this._view = view;
      this._extend(block.table);
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

  /** Give up the view that is being made; the old one stays. */
  cancel(): void {
    if (this._pending) {
      this._pending.abort();
      this._pending = null;
      this._happened.emit('cancelled');
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
    if (arranges(this._view) || block.rows > this._rows) {
      this._setRows(block.rows);
    }
    return this._page(block);
  }

  private _guess(column: SourceColumn): CellFormat {
    return { kind: kindOf(column), decimals: -1, digits: 12 };
  }

  /** Learn the computed columns of a new view. */
  private _extend(table: Table): void {
    const stored = this.source.columns;
    const { derive = [] } = this._view;
    const before = this._all;
    if (derive.length === 0 && before.length === stored.length) {
      return;
    }
    const derived = derive.map(([name]): SourceColumn => {
      const field = table.schema.fields.find(one => one.name === name);
      const of = (key: string): string | null => field?.metadata.get(key) || null;
      return {
        name,
        arrow: String(field?.type ?? '').toLowerCase(),
        datatype: of('datatype'),
        arraysize: of('arraysize'),
        xtype: of('xtype'),
        unit: of('unit'),
        ucd: of('ucd'),
        description: of('description') ?? derive.find(one => one[0] === name)?.[1] ?? null
      };
    });
    this._all = [...stored, ...derived];
    this._formats = [
      ...this._formats.slice(0, stored.length),
      ...derived.map(column => this._guess(column))
    ];
    this._described = false;
    const known = new Set(this._names ?? before.map(column => column.name));
    const there = new Set(this._all.map(column => column.name));
    const old = new Set(before.map(column => column.name));
    this.arrange([
      ...(this._names ?? before.map(column => column.name)).filter(name => there.has(name)),
      ...derived.map(column => column.name).filter(name => !known.has(name) && !old.has(name))
    ]);
  }

  private _page(block: RowBlock): Page {
    const { table } = block;
    const places = new Map(table.schema.fields.map((field, i) => [field.name, i]));
    const columns = this._all.map(column => {
      const place = places.get(column.name);
      return place === undefined ? null : table.getChildAt(place);
    });
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
    const vector = page.columns[this._shown[column]];
    return vector ? cellText(vector, index, format) : '';
  }

  private _ask(): void {
    clearTimeout(this._timer);
    this._timer = undefined;
    this._asked = performance.now();
    if (this._rows === 0) {
      return;
    }
    const [first, last] = this._rowsShown;
    const low = Math.max(0, Math.floor((first - MARGIN) / this._pageRows));
    const high = Math.floor(Math.min(this._rows - 1, last + MARGIN) / this._pageRows);
    const pages: number[] = [];
    for (let index = low; index <= high; index += 1) {
      pages.push(index);
    }
    this._cache.want(pages);
  }

  private _grow(): void {
    if (!arranges(this._view) && this.source.rows > this._rows) {
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
        columnSpan: this._shown.length
      });
    }
  }

  private _fail(reason: unknown): void {
    this._error = reason;
    this._happened.emit('failed');
  }

  private _all: readonly SourceColumn[];
  private _columns: readonly SourceColumn[];
  /** Places of the columns on screen among all of them. */
  private _shown: readonly number[];
  private _names: readonly string[] | null = null;
  private _cache: PageCache<Page>;
  private _formats: CellFormat[];
  private _pageRows: number;
  private _rows: number;
  private _view: TableView = PLAIN;
  private _pending: AbortController | null = null;
  private _error: unknown = null;
  private _described = false;
  private _rowsShown: [number, number] = [0, 0];
  private _asked = 0;
  private _since = 0;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private readonly _unsubscribe: () => void;
  private readonly _happened = new Signal<this, ModelChange>(this);
}
