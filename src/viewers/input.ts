/** Mouse and keyboard of a table. */

import { BasicMouseHandler } from '@lumino/datagrid';
import type { DataGrid } from '@lumino/datagrid';

import type { TableGrid } from './grid';
import { ROW_HEIGHT } from './painter';

/** Milliseconds between two steps while a drag is beyond the edge. */
const STEP = 60;

function accel(event: MouseEvent | KeyboardEvent): boolean {
  return event.ctrlKey || event.metaKey;
}

/** Selects rows by click, shift, ctrl and drag. */
export class TableMouse extends BasicMouseHandler {
  /** `look` opens what is known of the row at the cursor. */
  constructor(private readonly _look: () => void) {
    super();
  }

  override release(): void {
    clearInterval(this._scroll);
    this._pressed = false;
  }

  override onMouseHover(grid: DataGrid, event: MouseEvent): void {
    const table = grid as TableGrid;
    const hit = grid.hitTest(event.clientX, event.clientY);
    table.hovered = hit.region === 'body' ? hit.row : -1;
    const node = grid.viewport.node;
    let title = '';
    if (hit.region === 'body') {
      const exact = table.model.exact(hit.row, hit.column) ?? '';
      const shown = table.model.text(hit.row, hit.column) ?? '';
      title = exact !== shown || table.isCut(hit.row, hit.column) ? exact : '';
    }
    if (node.title !== title) {
      node.title = title;
    }
  }

  override onMouseLeave(grid: DataGrid): void {
    (grid as TableGrid).hovered = -1;
    grid.viewport.node.title = '';
  }

  override onMouseDown(grid: DataGrid, event: MouseEvent): void {
    // Lumino does so with the next frame; a key pressed before that would go elsewhere.
    grid.viewport.node.focus({ preventScroll: true });
    const { selector } = grid as TableGrid;
    const { region, row, column } = grid.hitTest(event.clientX, event.clientY);
    if (region !== 'body' && region !== 'row-header') {
      return;
    }
    if (region === 'body') {
      selector.column = column;
    }
    this._pressed = true;
    if (event.shiftKey) {
      selector.extend(row);
    } else if (accel(event)) {
      selector.toggle(row);
    } else {
      selector.pick(row);
    }
  }

  override onMouseMove(grid: DataGrid, event: MouseEvent): void {
    if (!this._pressed) {
      return;
    }
    clearInterval(this._scroll);
    const { selector } = grid as TableGrid;
    const { ly } = grid.mapToLocal(event.clientX, event.clientY);
    const beyond = ly < grid.headerHeight ? -1 : ly >= grid.viewportHeight ? 1 : 0;
    if (beyond === 0) {
      const { vy } = grid.mapToVirtual(event.clientX, event.clientY);
      const row = grid.rowAt('body', Math.max(0, Math.min(vy, grid.bodyHeight - 1)));
      if (row !== selector.row) {
        selector.extend(row);
      }
      return;
    }
    const step = (): void => {
      selector.extend(selector.row + beyond);
      grid.scrollToRow(selector.row);
    };
    step();
    this._scroll = setInterval(step, STEP);
  }

  override onMouseUp(grid: DataGrid): void {
    this.release();
    void (grid as TableGrid).selector.commit();
  }

  override onMouseDoubleClick(grid: DataGrid, event: MouseEvent): void {
    this.release();
    const { region } = grid.hitTest(event.clientX, event.clientY);
    if (region === 'body' || region === 'row-header') {
      this._look();
    }
  }

  private _pressed = false;
  private _scroll: ReturnType<typeof setInterval> | undefined;
}

/** Moves the cursor, selects with shift and space, copies. */
export class TableKeys implements DataGrid.IKeyHandler {
  constructor(
    private readonly _copy: () => void,
    private readonly _look: () => void
  ) {}

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  dispose(): void {
    this._isDisposed = true;
  }

  onKeyDown(grid: DataGrid, event: KeyboardEvent): void {
    const { selector, model } = grid as TableGrid;
    const page = Math.max(1, Math.floor(grid.pageHeight / ROW_HEIGHT) - 1);
    const end = model.rows - 1;
    const down = (rows: number): void =>
      this._vertical(grid as TableGrid, selector.row + rows, event);
    switch (event.key) {
      case 'ArrowUp':
        down(accel(event) ? -end - 1 : -1);
        break;
      case 'ArrowDown':
        down(accel(event) ? end + 1 : 1);
        break;
      case 'PageUp':
      case 'PageDown': {
        const rows = event.key === 'PageUp' ? -page : page;
        grid.scrollBy(0, rows * ROW_HEIGHT);
        down(rows);
        break;
      }
      case 'ArrowLeft':
      case 'ArrowRight':
        this._horizontal(grid as TableGrid, selector.column + (event.key === 'ArrowLeft' ? -1 : 1));
        break;
      case 'Home':
      case 'End':
        if (accel(event)) {
          down(event.key === 'Home' ? -end - 1 : end + 1);
        } else {
          this._horizontal(grid as TableGrid, event.key === 'Home' ? 0 : model.columns.length - 1);
        }
        break;
      case ' ':
        if (selector.row >= 0) {
          if (accel(event)) {
            selector.toggle(selector.row);
          } else {
            selector.pick(selector.row);
          }
          selector.commitSoon();
        }
        break;
      case 'Enter':
        this._look();
        break;
      case 'a':
      case 'A':
        if (!accel(event)) {
          return;
        }
        selector.all();
        break;
      case 'c':
      case 'C':
        if (!accel(event)) {
          return;
        }
        this._copy();
        break;
      case 'Escape':
        selector.clear();
        break;
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private _vertical(grid: TableGrid, row: number, event: KeyboardEvent): void {
    const { selector, model } = grid;
    if (model.rows === 0) {
      return;
    }
    if (event.shiftKey) {
      selector.extend(row);
      selector.commitSoon();
    } else {
      selector.moveTo(row);
    }
    grid.scrollToRow(selector.row);
  }

  private _horizontal(grid: TableGrid, column: number): void {
    grid.selector.moveTo(Math.max(0, grid.selector.row), column);
    grid.scrollToColumn(grid.selector.column);
  }

  private _isDisposed = false;
}
