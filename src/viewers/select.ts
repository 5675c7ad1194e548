/** Rows selected with mouse and keyboard, the same set on every screen. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { TableModel } from './model';
import { NONE, contains, count, fromRows, normalise, subtract, union } from './ranges';
import type { Ranges } from './ranges';
import { PLAIN, arranges } from './source';
import type { TableView } from './source';

/** Milliseconds the keyboard must rest before a selection is sent. */
const REST = 150;

/** A selection shown before the source has confirmed it. */
interface Draft {
  readonly ranges: Ranges;
  /** Whether the ranges count rows of the result, or positions of the view. */
  readonly plain: boolean;
  /** What stays selected besides, in rows of the result. */
  readonly kept: Ranges;
}

/**
 * The selected rows and the cursor.
 *
 * The source holds the truth, in rows of the result. While a person drags, the
 * draft is shown; it is sent when the gesture ends and dropped once the source
 * has taken it over.
 */
export class RowSelector {
  constructor(private readonly _model: TableModel) {
    this._unsubscribe = _model.source.onChange(change => {
      if (change === 'selection') {
        this._changed.emit(undefined);
      }
    });
    _model.happened.connect((_, change) => {
      if (change === 'view') {
        this._draft = null;
        this.row = Math.min(this.row, _model.rows - 1);
        this._anchor = -1;
        this._changed.emit(undefined);
      }
    });
  }

  /** The cursor; -1 before it was ever set. */
  row = -1;
  column = 0;

  /** The selection or the cursor changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The source refused a selection. */
  get failed(): ISignal<this, unknown> {
    return this._failed;
  }

  /** Number of selected rows; while dragging, of the rows dragged over. */
  get count(): number {
    const draft = this._draft;
    return draft ? count(draft.ranges) + count(draft.kept) : this._model.source.selection.rows;
  }

  /** Whether the row at a position of the view is selected. */
  has(position: number): boolean {
    const draft = this._draft;
    if (draft && !draft.plain && contains(draft.ranges, position)) {
      return true;
    }
    const id = this._model.rowId(position);
    if (id === undefined) {
      return false;
    }
    if (!draft) {
      return contains(this._model.source.selection.ranges, id);
    }
    return (draft.plain && contains(draft.ranges, id)) || contains(draft.kept, id);
  }

  /** Move the cursor; the selection stays. */
  moveTo(row: number, column = this.column): void {
    this.row = this._clamp(row);
    this.column = Math.max(0, Math.min(column, this._model.columns.length - 1));
    this._changed.emit(undefined);
  }

  /** Select one row and nothing else. */
  pick(row: number): void {
    this._anchor = row;
    this._kept = NONE;
    this.moveTo(row);
    this._drag(row, row);
  }

  /** Begin to add rows to what is selected; on a selected row, take it out. */
  toggle(row: number): void {
    const id = this._model.rowId(row);
    if (id === undefined) {
      return;
    }
    const base = this._current();
    this._anchor = row;
    this._kept = contains(base, id) ? subtract(base, [[id, id + 1]]) : base;
    this.row = row;
    if (contains(base, id)) {
      this._draft = { ranges: this._kept, plain: true, kept: NONE };
      this._changed.emit(undefined);
    } else {
      this._drag(row, row);
    }
  }

  /** Select from the anchor to this row. */
  extend(row: number): void {
    if (this._anchor < 0) {
      this._anchor = Math.max(0, this.row);
    }
    const to = this._clamp(row);
    this.moveTo(to);
    this._drag(this._anchor, to);
  }

  /** Select every row of the view. */
  all(): void {
    if (this._model.rows > 0) {
      this._kept = NONE;
      this._anchor = 0;
      this._drag(0, this._model.rows - 1);
      void this.commit();
    }
  }

  /** Select nothing. */
  clear(): void {
    if (this.count > 0 || this._draft) {
      this._anchor = -1;
      this._kept = NONE;
      this._draft = { ranges: NONE, plain: true, kept: NONE };
      this._changed.emit(undefined);
      void this.commit();
    }
  }

  /** Send the draft when the keyboard rests. */
  commitSoon(): void {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => void this.commit(), REST);
  }

  /** Send the draft, once however often this is asked; resolves to whether the source took it. */
  async commit(): Promise<boolean> {
    clearTimeout(this._timer);
    const draft = this._draft;
    if (!draft) {
      return true;
    }
    const view = this._model.view;
    // One at a time, so that the last gesture wins; those overtaken are not sent.
    this._tail = this._tail.then(async () => {
      if (this._draft === draft) {
        this._taken = await this._send(draft, view).then(
          () => true,
          reason => {
            this._failed.emit(reason);
            return false;
          }
        );
      }
    });
    await this._tail;
    if (this._draft === draft) {
      this._draft = null;
      this._changed.emit(undefined);
    }
    return this._taken;
  }

  dispose(): void {
    clearTimeout(this._timer);
    this._unsubscribe();
    Signal.clearData(this);
  }

  private async _send(draft: Draft, view: TableView): Promise<void> {
    const { source } = this._model;
    if (draft.plain || !arranges(view)) {
      await source.select(union(draft.ranges, draft.kept), PLAIN);
      return;
    }
    const rows = this._rowIds(draft.ranges);
    if (rows) {
      await source.select(union(fromRows(rows), draft.kept), PLAIN);
      return;
    }
    // Rows never seen here: the server knows which ones they are.
    await source.select(draft.ranges, view);
    if (draft.kept.length > 0) {
      await source.select(union(source.selection.ranges, draft.kept), PLAIN);
    }
  }

  /** What is selected now, in rows of the result. */
  private _current(): Ranges {
    const draft = this._draft;
    if (!draft) {
      return this._model.source.selection.ranges;
    }
    const rows = draft.plain ? draft.ranges : fromRows(this._rowIds(draft.ranges) ?? []);
    return union(rows, draft.kept);
  }

  /** The rows of the result at these positions, if all of them are in memory. */
  private _rowIds(positions: Ranges): number[] | null {
    if (count(positions) > 1000) {
      return null;
    }
    const rows: number[] = [];
    for (const [start, end] of positions) {
      for (let position = start; position < end; position += 1) {
        const id = this._model.rowId(position);
        if (id === undefined) {
          return null;
        }
        rows.push(id);
      }
    }
    return rows;
  }

  private _drag(from: number, to: number): void {
    const ranges = normalise([[Math.min(from, to), Math.max(from, to) + 1]]);
    const plain = !arranges(this._model.view);
    const kept = plain ? subtract(this._kept, ranges) : this._kept;
    this._draft = { ranges, plain, kept };
    this._changed.emit(undefined);
  }

  private _clamp(row: number): number {
    return Math.max(0, Math.min(row, this._model.rows - 1));
  }

  private _draft: Draft | null = null;
  private _tail: Promise<void> = Promise.resolve();
  private _taken = true;
  private _kept: Ranges = NONE;
  private _anchor = -1;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private readonly _unsubscribe: () => void;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _failed = new Signal<this, unknown>(this);
}
