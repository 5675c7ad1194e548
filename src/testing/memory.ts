/** A source over an Arrow table in memory, for tests of the viewer. */

import { Int32, Table, tableFromIPC, tableToIPC, vectorFromArray } from 'apache-arrow';
import type { DataType } from 'apache-arrow';

import type { Ranges } from '../viewers/ranges';
import { ROW } from '../viewers/source';
import type {
  RowBlock,
  RowSelection,
  RowSource,
  SourceChange,
  SourceColumn,
  TableView
} from '../viewers/source';

/** One request as it came in. */
export interface Request {
  readonly start: number;
  readonly count: number;
  readonly view: TableView;
  readonly signal: AbortSignal;
  answer(): void;
  refuse(reason: Error): void;
}

/** Answers when told to, so that tests decide what comes when. */
export class MemorySource implements RowSource {
  constructor(
    private readonly _table: Table,
    public rows = _table.numRows,
    /** Answer at once. */
    readonly eager = true
  ) {
    this.columns = _table.schema.fields.map(field => ({
      name: field.name,
      arrow: String(field.type)
    }));
  }

  readonly columns: readonly SourceColumn[];
  complete = true;
  overflow = false;
  selection: RowSelection = { ranges: [], rows: 0, revision: 0 };
  readonly requests: Request[] = [];
  readonly selected: [Ranges, TableView][] = [];
  /** Rows given at most in one answer. */
  limit = Infinity;
  /** The order of a view; by default a view is the table backwards. */
  order: (view: TableView) => number[] = view => {
    const rows = Array.from({ length: this.rows }, (_, i) => i);
    return view.sort.length > 0 ? rows.reverse() : rows;
  };

  fetch(start: number, count: number, view: TableView, signal: AbortSignal): Promise<RowBlock> {
    return new Promise((resolve, reject) => {
      const answer = (): void => resolve(this._block(start, count, view));
      signal.addEventListener('abort', () => reject(new DOMException('Cancelled', 'AbortError')));
      this.requests.push({ start, count, view, signal, answer, refuse: reject });
      if (this.eager) {
        answer();
      }
    });
  }

  select(ranges: Ranges, view: TableView): Promise<void> {
    this.selected.push([ranges, view]);
    const order = this.order(view);
    const rows = ranges.flatMap(([a, b]) => order.slice(a, b)).sort((a, b) => a - b);
    const merged = rows.map(row => [row, row + 1] as const);
    this.selection = { ranges: merged, rows: rows.length, revision: this.selection.revision + 1 };
    this.tell('selection');
    return Promise.resolve();
  }

  onChange(callback: (change: SourceChange) => void): () => void {
    this._callbacks.add(callback);
    return () => this._callbacks.delete(callback);
  }

  /** Tell of a change. */
  tell(change: SourceChange): void {
    this._callbacks.forEach(callback => callback(change));
  }

  private _block(start: number, count: number, view: TableView): RowBlock {
    const order = this.order(view);
    const rows = order.slice(start, start + Math.min(count, this.limit));
    const columns = this._table.schema.fields.map(({ name }) => {
      const vector = this._table.getChild(name)!;
      const values = rows.map(row => vector.get(row) as unknown);
      return [name, vectorFromArray(values, vector.type as DataType)] as const;
    });
    const ids = vectorFromArray(rows, new Int32());
    const table = new Table(Object.fromEntries([...columns, [ROW, ids] as const]));
    return { table: tableFromIPC(tableToIPC(table)), rows: order.length, complete: this.complete };
  }

  private readonly _callbacks = new Set<(change: SourceChange) => void>();
}
