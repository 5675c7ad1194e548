/** The widths of columns: fitted to their text once, then kept wherever they go. */

import type { TableGrid } from './grid';

/** Columns fitted to their text at once. */
const FITTED = 200;

/** Keeps the width of every column by its name. */
export class ColumnWidths {
  constructor(
    private readonly _grid: TableGrid,
    private readonly _title: (column: number) => number
  ) {}

  /** Fit the columns that have no width yet; whether there was anything to do. */
  fit(): boolean {
    const { model } = this._grid;
    this._grid.fitRowHeader(model.rows);
    const { columns } = model;
    const last = Math.min(columns.length, FITTED);
    let done = false;
    for (let column = 0; column < last; column += 1) {
      const { name } = columns[column];
      if (!this._known.has(name)) {
        const width = this._grid.bestWidth(column, this._title(column));
        this._grid.resizeColumn('body', column, width);
        if (model.described) {
          this._known.set(name, width);
        }
        done = true;
      }
    }
    return done;
  }

  /** Make a column as wide as its text. */
  best(column: number): void {
    this._grid.resizeColumn('body', column, this._grid.bestWidth(column, this._title(column)));
  }

  /** Remember the widths as they are, before the columns change. */
  keep(): void {
    this._grid.model.columns.forEach(({ name }, i) => {
      if (this._known.has(name)) {
        this._known.set(name, this._grid.columnSize('body', i));
      }
    });
  }

  /** Give the columns of now their widths. */
  place(): void {
    this._grid.model.columns.forEach(({ name }, i) => {
      const width = this._known.get(name) ?? this._grid.defaultSizes.columnWidth;
      if (width !== this._grid.columnSize('body', i)) {
        this._grid.resizeColumn('body', i, width);
      }
    });
  }

  private readonly _known = new Map<string, number>();
}
