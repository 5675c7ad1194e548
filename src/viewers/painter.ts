/**
 * Draws the rows of a table on its canvas.
 *
 * The grid's own drawing copies every cell from one canvas to another, which
 * takes over half a second a screen in browsers without a graphics processor.
 * This one draws straight: a few milliseconds.
 */

import { isNumeric } from './cells';
import type { TableModel } from './model';
import type { RowSelector } from './select';
import type { Theme } from './theme';

/** Height of a row, pixels. */
export const ROW_HEIGHT = 24;
/** Free space at each side of a text, pixels. */
export const PADDING = 8;
/** Characters handed to the canvas; more could never be seen. */
export const DRAWN = 300;

/** Where things are, in pixels. */
export interface Geometry {
  readonly width: number;
  readonly height: number;
  readonly headerWidth: number;
  readonly scrollX: number;
  readonly scrollY: number;
  readonly bodyWidth: number;
  /** Columns that stay in place, and their width. */
  readonly frozen?: number;
  readonly frozenWidth?: number;
  columnAt(offset: number): number;
  columnOffset(column: number): number;
  columnSize(column: number): number;
}

/** What is drawn besides the rows themselves. */
export interface Marks {
  /** The row under the pointer, -1 for none. */
  readonly hovered: number;
  readonly focused: boolean;
}

/** One line of text, as far as a cell shows it. */
export function cellLine(text: string): string {
  const short = text.length > DRAWN ? text.slice(0, DRAWN) : text;
  return /[\s\p{Cc}]/u.test(short) ? short.replace(/[\s\p{Cc}]+/gu, ' ') : short;
}

/** Draws on a canvas whose unit is the CSS pixel. */
export class Painter {
  constructor(
    private readonly _model: TableModel,
    private readonly _selector: RowSelector
  ) {}

  theme: Theme | null = null;

  /** Draw what lies within a rectangle of the viewport. */
  paint(
    gc: CanvasRenderingContext2D,
    where: Geometry,
    marks: Marks,
    rect: readonly [x: number, y: number, width: number, height: number]
  ): void {
    const { theme } = this;
    const [x, y, width, height] = rect;
    if (!theme || width <= 0 || height <= 0) {
      return;
    }
    gc.save();
    gc.beginPath();
    gc.rect(x, y, width, height);
    gc.clip();
    gc.fillStyle = theme.background;
    gc.fillRect(x, y, width, height);
    const first = Math.max(0, Math.floor((where.scrollY + y) / ROW_HEIGHT));
    const last = Math.min(
      this._model.rows - 1,
      Math.floor((where.scrollY + y + height - 1) / ROW_HEIGHT)
    );
    if (last >= first) {
      gc.font = theme.font;
      gc.textBaseline = 'middle';
      this._rows(gc, theme, where, marks, first, last);
      if (x + width > where.headerWidth) {
        this._columns(gc, theme, where, first, last, x, x + width);
        this._cursor(gc, theme, where, marks);
      }
      if (x < where.headerWidth) {
        this._header(gc, theme, where, first, last);
      }
    }
    gc.restore();
  }

  /** The bands behind the cells. */
  private _rows(
    gc: CanvasRenderingContext2D,
    theme: Theme,
    where: Geometry,
    marks: Marks,
    first: number,
    last: number
  ): void {
    const right = Math.min(where.width, where.headerWidth + where.bodyWidth - where.scrollX);
    for (let row = first; row <= last; row += 1) {
      gc.fillStyle = this._selector.has(row)
        ? theme.selected
        : row === marks.hovered
          ? theme.hover
          : row % 2
            ? theme.stripe
            : theme.background;
      gc.fillRect(
        where.headerWidth,
        row * ROW_HEIGHT - where.scrollY,
        right - where.headerWidth,
        ROW_HEIGHT
      );
    }
  }

  /** The cells, column by column, so that one clip serves many. */
  private _columns(
    gc: CanvasRenderingContext2D,
    theme: Theme,
    where: Geometry,
    first: number,
    last: number,
    from: number,
    to: number
  ): void {
    const { frozen = 0, frozenWidth = 0 } = where;
    const edge = where.headerWidth + frozenWidth;
    const offset = where.headerWidth - where.scrollX;
    const columns = this._model.columns.length;
    gc.save();
    gc.beginPath();
    gc.rect(edge, 0, Math.max(0, where.width - edge), where.height);
    gc.clip();
    let column = where.columnAt(Math.max(0, Math.max(from, edge) - offset));
    for (; column >= 0 && column < columns; column += 1) {
      const left = offset + where.columnOffset(column);
      if (left >= to) {
        break;
      }
      this._column(gc, theme, where, column, left, first, last);
    }
    gc.restore();
    for (column = 0; column < frozen; column += 1) {
      const left = where.headerWidth + where.columnOffset(column);
      this._column(gc, theme, where, column, left, first, last);
    }
    if (frozen > 0) {
      gc.fillStyle = theme.headerText;
      gc.fillRect(edge - 1, first * ROW_HEIGHT - where.scrollY, 1, (last - first + 1) * ROW_HEIGHT);
    }
  }

  /** The cells of one column. */
  private _column(
    gc: CanvasRenderingContext2D,
    theme: Theme,
    where: Geometry,
    column: number,
    left: number,
    first: number,
    last: number
  ): void {
    const size = where.columnSize(column);
    gc.save();
    gc.beginPath();
    gc.rect(left, 0, size - 1, where.height);
    gc.clip();
    const right = isNumeric(this._model.format(column).kind);
    gc.textAlign = right ? 'right' : 'left';
    const at = right ? left + size - PADDING : left + PADDING;
    for (let row = first; row <= last; row += 1) {
      const text = this._model.text(row, column);
      gc.fillStyle = text === undefined ? theme.faint : theme.text;
      const line = text === undefined ? '…' : this._fit(gc, cellLine(text), size - 2 * PADDING + 2);
      if (line) {
        gc.fillText(line, at, row * ROW_HEIGHT - where.scrollY + ROW_HEIGHT / 2 + 0.5);
      }
    }
    gc.restore();
    gc.fillStyle = theme.line;
    const top = first * ROW_HEIGHT - where.scrollY;
    gc.fillRect(left + size - 1, top, 1, (last - first + 1) * ROW_HEIGHT);
  }

  /** The frame around the current cell. */
  private _cursor(gc: CanvasRenderingContext2D, theme: Theme, where: Geometry, marks: Marks): void {
    const { row, column } = this._selector;
    if (!marks.focused || row < 0) {
      return;
    }
    const stays = column < (where.frozen ?? 0);
    const edge = where.headerWidth + (stays ? 0 : (where.frozenWidth ?? 0));
    const left = where.headerWidth - (stays ? 0 : where.scrollX) + where.columnOffset(column);
    const size = where.columnSize(column);
    gc.save();
    gc.beginPath();
    gc.rect(edge, 0, where.width, where.height);
    gc.clip();
    gc.strokeStyle = theme.cursor;
    gc.lineWidth = 2;
    gc.strokeRect(left + 1, row * ROW_HEIGHT - where.scrollY + 1, size - 3, ROW_HEIGHT - 2);
    gc.restore();
  }

  /** The row numbers. */
  private _header(
    gc: CanvasRenderingContext2D,
    theme: Theme,
    where: Geometry,
    first: number,
    last: number
  ): void {
    gc.textAlign = 'right';
    for (let row = first; row <= last; row += 1) {
      const top = row * ROW_HEIGHT - where.scrollY;
      gc.fillStyle = this._selector.has(row) ? theme.selectedHeader : theme.header;
      gc.fillRect(0, top, where.headerWidth, ROW_HEIGHT);
      gc.fillStyle = theme.headerText;
      gc.fillText(
        (row + 1).toLocaleString('en'),
        where.headerWidth - PADDING,
        top + ROW_HEIGHT / 2 + 0.5
      );
    }
    gc.fillStyle = theme.line;
    gc.fillRect(
      where.headerWidth - 1,
      first * ROW_HEIGHT - where.scrollY,
      1,
      (last - first + 1) * ROW_HEIGHT
    );
  }

  /** As much of a text as a width holds, with an ellipsis where it is cut. */
  private _fit(gc: CanvasRenderingContext2D, text: string, width: number): string {
    // No character of a text font is wider than its size, so short texts need no measuring.
    if (text.length * 13 <= width || gc.measureText(text).width <= width) {
      return text;
    }
    const characters = Array.from(text);
    let low = 0;
    let high = characters.length;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (gc.measureText(`${characters.slice(0, middle).join('')}…`).width <= width) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return `${characters.slice(0, Math.max(1, low)).join('')}…`;
  }
}
