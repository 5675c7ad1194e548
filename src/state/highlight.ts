/** The row that is looked at, in every view of its result on this page. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

/** Another row of a result is looked at. */
export interface HighlightChange {
  /** The result, by the id of its job. */
  readonly result: string;
  /** The row's number in the result; `null` if none is. */
  readonly row: number | null;
  /** The view it was changed in. */
  readonly by: object | null;
}

/** One highlighted row a result. */
export class HighlightModel {
  /** Another row is highlighted. */
  get changed(): ISignal<this, HighlightChange> {
    return this._changed;
  }

  /** The highlighted row of a result. */
  get(result: string): number | null {
    return this._rows.get(result) ?? null;
  }

  /** Highlight a row; `by` is the view in which it was chosen, which knows already. */
  highlight(result: string, row: number | null, by: object | null = null): void {
    if (this.get(result) === row) {
      return;
    }
    if (row === null) {
      this._rows.delete(result);
    } else {
      this._rows.set(result, row);
    }
    this._changed.emit({ result, row, by });
  }

  private readonly _rows = new Map<string, number>();
  private readonly _changed = new Signal<this, HighlightChange>(this);
}
