/** The grid of a table: scrolling, sizes and drawing of its rows. */

import { DataGrid } from '@lumino/datagrid';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { TableModel } from './model';
import { DRAWN, PADDING, Painter, ROW_HEIGHT } from './painter';
import type { Geometry } from './painter';
import type { RowSelector } from './select';
import type { Theme } from './theme';

/** Width of a column before its text was measured, and its bounds, pixels. */
const COLUMN_WIDTH = 112;
const WIDTHS = [56, 320] as const;
/** Narrowest row header, pixels. */
const ROW_HEADER = 40;
/** Free space beside a text in a column that fits it, both sides together, pixels. */
const ROOM = 2 * PADDING + 4;
/** Columns that stay in place take this share of the width at most. */
const FROZEN_SHARE = 0.6;
/** Rows measured before the grid knows how many it shows. */
const UNSEEN = 50;

/** A data grid that draws by itself, and tells when it did. */
export class TableGrid extends DataGrid {
  constructor(
    readonly model: TableModel,
    readonly selector: RowSelector
  ) {
    super({
      headerVisibility: 'row',
      stretchLastColumn: false,
      style: {
        ...DataGrid.defaultStyle,
        scrollShadow: {
          size: 0,
          color1: 'transparent',
          color2: 'transparent',
          color3: 'transparent'
        }
      },
      defaultSizes: {
        rowHeight: ROW_HEIGHT,
        columnWidth: COLUMN_WIDTH,
        rowHeaderWidth: ROW_HEADER,
        columnHeaderHeight: ROW_HEIGHT
      },
      minimumSizes: {
        rowHeight: ROW_HEIGHT,
        columnWidth: 32,
        rowHeaderWidth: ROW_HEADER,
        columnHeaderHeight: ROW_HEIGHT
      }
    });
    this._painter = new Painter(model, selector);
    this.dataModel = model;
    const { node } = this.viewport;
    node.tabIndex = 0;
    node.addEventListener('focus', () => this.repaint());
    node.addEventListener('blur', () => this.repaint());
    selector.changed.connect(this.repaint, this);
  }

  /** The canvas was painted: rows, columns or scroll position may be others. */
  get painted(): ISignal<this, void> {
    return this._painted;
  }

  /** The row under the pointer, -1 for none. */
  get hovered(): number {
    return this._hovered;
  }

  set hovered(row: number) {
    const before = this._hovered;
    if (row === before) {
      return;
    }
    this._hovered = row;
    for (const one of [before, row]) {
      if (one >= 0 && one < this.model.rows) {
        this.paintContent(0, one * ROW_HEIGHT - this.scrollY, this.viewportWidth, ROW_HEIGHT);
      }
    }
  }

  /** How many columns stay in place; fewer if they would take most of the width. */
  get frozen(): number {
    let frozen = Math.min(this._frozen, this.model.columns.length);
    const room = (this.viewportWidth - this.headerWidth) * FROZEN_SHARE;
    while (frozen > 0 && this._edge(frozen) > room) {
      frozen -= 1;
    }
    return frozen;
  }

  set frozen(columns: number) {
    if (columns !== this._frozen) {
      this._frozen = columns;
      this.repaint();
    }
  }

  /** Width of the columns that stay in place, pixels. */
  get frozenWidth(): number {
    return this._edge(this.frozen);
  }

  /** Where a column is on screen, from the row header's edge, pixels. */
  columnPlace(column: number): number {
    const offset = this.columnOffset('body', column);
    return column < this.frozen ? offset : offset - this.scrollX;
  }

  override hitTest(clientX: number, clientY: number): DataGrid.HitTestResult {
    const hit = super.hitTest(clientX, clientY);
    const x = this.mapToLocal(clientX, clientY).lx - this.headerWidth;
    if (hit.region !== 'body' || x < 0 || x >= this.frozenWidth) {
      return hit;
    }
    const column = this.columnAt('body', x);
    return {
      ...hit,
      column,
      x: x - this.columnOffset('body', column),
      width: this.columnSize('body', column)
    };
  }

  override scrollToColumn(column: number): void {
    if (column < this.frozen) {
      return;
    }
    super.scrollToColumn(column);
    const hidden = this.frozenWidth - this.columnPlace(column);
    if (hidden > 0) {
      this.scrollTo(this.scrollX - hidden, this.scrollY);
    }
  }

  /** Rows and columns on screen; `null` when there are none. */
  get visible(): DataGrid.IBodyRegion | null {
    const height = Math.min(this.pageHeight, this.bodyHeight - this.scrollY);
    const width = Math.min(this.pageWidth, this.bodyWidth - this.scrollX);
    if (height <= 0 || width <= 0) {
      return null;
    }
    return {
      firstRow: this.rowAt('body', this.scrollY),
      lastRow: this.rowAt('body', this.scrollY + height - 1),
      firstColumn: this.columnAt('body', this.scrollX),
      lastColumn: this.columnAt('body', this.scrollX + width - 1)
    };
  }

  /** Paint everything again. */
  repaint(): void {
    this.repaintContent();
  }

  /** Take the colours of the page. */
  useTheme(theme: Theme): void {
    this._painter.theme = theme;
    this._font = theme.font;
    this.repaint();
  }

  /** Widen the row header for so many rows. */
  fitRowHeader(rows: number): void {
    const text = '0'.repeat(String(Math.max(1, rows)).length);
    const width = Math.max(
      ROW_HEADER,
      Math.ceil(this.measure(Number(`1${text}`).toLocaleString('en'))) + PADDING
    );
    if (width !== this.headerWidth) {
      this.resizeColumn('row-header', 0, width);
    }
  }

  /** Width of a column that shows its title and the rows on screen, pixels. */
  bestWidth(column: number, title: number): number {
    const rows = this.visible;
    const first = rows?.firstRow ?? 0;
    const last = rows?.lastRow ?? Math.min(this.model.rows, UNSEEN) - 1;
    let widest = title;
    for (let row = first; row <= last; row += 1) {
      const text = this.model.text(row, column);
      if (text) {
        widest = Math.max(widest, this.measure(text.slice(0, DRAWN)) + ROOM);
      }
    }
    return Math.max(WIDTHS[0], Math.min(WIDTHS[1], Math.ceil(widest)));
  }

  /** Whether the text of a cell is wider than its column. */
  isCut(row: number, column: number): boolean {
    const text = this.model.text(row, column) ?? '';
    return this.measure(text.slice(0, DRAWN)) > this.columnSize('body', column) - 2 * PADDING + 2;
  }

  /** Width of a text in the font of the cells, pixels. */
  measure(text: string): number {
    this._ruler.font = this._font;
    return this._ruler.measureText(text).width;
  }

  protected override paintContent(rx: number, ry: number, rw: number, rh: number): void {
    const where: Geometry = {
      width: this.viewportWidth,
      height: this.viewportHeight,
      headerWidth: this.headerWidth,
      scrollX: this.scrollX,
      scrollY: this.scrollY,
      bodyWidth: this.bodyWidth,
      frozen: this.frozen,
      frozenWidth: this.frozenWidth,
      columnAt: offset => this.columnAt('body', offset),
      columnOffset: column => this.columnOffset('body', column),
      columnSize: column => this.columnSize('body', column)
    };
    const marks = {
      hovered: this._hovered,
      focused: this.viewport.node === document.activeElement
    };
    // The grid moves what it has drawn with the scroll bar: columns that stay are drawn anew.
    const moved = this.frozen > 0 && this.scrollX !== this._paintedX;
    this._paintedX = this.scrollX;
    const rect = moved ? ([0, 0, where.width, where.height] as const) : ([rx, ry, rw, rh] as const);
    this._painter.paint(this.canvasGC, where, marks, rect);
    this._painted.emit(undefined);
  }

  override dispose(): void {
    if (!this.isDisposed) {
      Signal.clearData(this);
      super.dispose();
    }
  }

  /** Right edge of the first columns, pixels. */
  private _edge(columns: number): number {
    return columns > 0
      ? this.columnOffset('body', columns - 1) + this.columnSize('body', columns - 1)
      : 0;
  }

  private _font = '12px sans-serif';
  private _frozen = 0;
  private _paintedX = 0;
  private _hovered = -1;
  private readonly _painter: Painter;
  private readonly _ruler = document.createElement('canvas').getContext('2d')!;
  private readonly _painted = new Signal<this, void>(this);
}
