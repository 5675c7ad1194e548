/** What the canvas shows, as a table that screen readers (and tests) can read. */

import type { TableGrid } from './grid';

/** Milliseconds between two updates. */
const PACE = 120;
/** Columns mirrored at most. */
const COLUMNS = 40;

/** A visually hidden table of the rows on screen, and a line that is spoken. */
export class TableMirror {
  constructor(private readonly _grid: TableGrid) {
    this.node.className = 'lsp-Table-mirror';
    this._table.setAttribute('role', 'grid');
    this._table.setAttribute('aria-label', 'Rows on screen');
    this._table.setAttribute('aria-multiselectable', 'true');
    this._live.setAttribute('aria-live', 'polite');
    this.node.append(this._table, this._live);
    _grid.painted.connect(this.update, this);
  }

  readonly node = document.createElement('div');

  /** Bring the table up to date soon. */
  update(): void {
    if (!this._timer) {
      this._timer = setTimeout(() => {
        this._timer = undefined;
        this._write();
      }, PACE);
    }
  }

  /** Bring the table up to date now. */
  flush(): void {
    clearTimeout(this._timer);
    this._timer = undefined;
    this._write();
  }

  /** Say something. */
  announce(text: string): void {
    if (this._live.textContent !== text) {
      this._live.textContent = text;
    }
  }

  dispose(): void {
    clearTimeout(this._timer);
  }

  private _write(): void {
    const { model, selector, visible } = this._grid;
    const columns = model.columns;
    const first = visible?.firstColumn ?? 0;
    const last = Math.min(visible?.lastColumn ?? columns.length - 1, first + COLUMNS - 1);
    this._table.setAttribute('aria-rowcount', String(model.rows + 1));
    this._table.setAttribute('aria-colcount', String(columns.length));
    this._table.setAttribute('aria-busy', String(model.loading));
    const head = document.createElement('tr');
    head.setAttribute('aria-rowindex', '1');
    const { sort } = model.view;
    const { frozen } = this._grid;
    const places: number[] = [];
    for (let column = 0; column < frozen; column += 1) {
      places.push(column);
    }
    for (let column = Math.max(first, frozen); column <= last; column += 1) {
      places.push(column);
    }
    for (const column of places) {
      const info = columns[column];
      const cell = document.createElement('th');
      cell.scope = 'col';
      cell.setAttribute('aria-colindex', String(column + 1));
      const order = sort.find(([name]) => name === info.name)?.[1];
      cell.setAttribute(
        'aria-sort',
        order ? (order === 'asc' ? 'ascending' : 'descending') : 'none'
      );
      cell.textContent = info.unit ? `${info.name} (${info.unit})` : info.name;
      head.appendChild(cell);
    }
    const body = document.createElement('tbody');
    if (visible) {
      for (let row = visible.firstRow; row <= visible.lastRow; row += 1) {
        body.appendChild(this._row(row, places, selector.has(row)));
      }
    }
    const thead = document.createElement('thead');
    thead.appendChild(head);
    this._table.replaceChildren(thead, body);
  }

  private _row(row: number, places: readonly number[], selected: boolean): HTMLElement {
    const { model } = this._grid;
    const node = document.createElement('tr');
    node.setAttribute('aria-rowindex', String(row + 2));
    node.setAttribute('aria-selected', String(selected));
    for (const column of places) {
      const cell = document.createElement('td');
      cell.setAttribute('aria-colindex', String(column + 1));
      const text = model.text(row, column);
      if (text === undefined) {
        cell.setAttribute('aria-busy', 'true');
      }
      cell.textContent = text ?? '';
      node.appendChild(cell);
    }
    return node;
  }

  private readonly _table = document.createElement('table');
  private readonly _live = document.createElement('div');
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
