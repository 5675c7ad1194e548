/**
 * Where a table viewer gets its rows from.
 *
 * Viewers know this interface and Arrow, no server and no framework; the
 * panel and the notebook widget each bring their own source.
 */

import type { Table } from 'apache-arrow';

import type { Analysis } from './analysis';
import type { Ranges } from './ranges';

/** One column, as its catalogue describes it. */
export interface SourceColumn {
  readonly name: string;
  readonly datatype?: string | null;
  readonly arraysize?: string | null;
  readonly xtype?: string | null;
  readonly unit?: string | null;
  readonly ucd?: string | null;
  readonly description?: string | null;
  /** The Arrow type, as pyarrow writes it. */
  readonly arrow?: string;
}

/** The operators of a condition. */
export type ConditionOp =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'contains'
  | 'startswith'
  | 'isnull'
  | 'notnull'
  | 'in'
  | 'between';

/** Its value; integers beyond 2^53 are text. */
export type ConditionValue = string | number | boolean | null | ReadonlyArray<string | number>;

/** One condition on one column. */
export type Condition = readonly [column: string, op: ConditionOp, value: ConditionValue];

/** One sort key. */
export type SortKey = readonly [column: string, order: 'asc' | 'desc'];

/** A computed column: its name, a value expression of ADQL, and a unit if it has not the right one. */
export type DerivedColumn = readonly [name: string, expression: string, unit?: string];

/** What is shown of a result: computed columns, filters, conditions, a subset, an order. */
export interface TableView {
  readonly sort: readonly SortKey[];
  readonly filter: readonly Condition[];
  /** Columns behind those of the result, which the rest may name like these. */
  readonly derive?: readonly DerivedColumn[];
  /** Conditions of ADQL; all must hold. */
  readonly where?: readonly string[];
  /** Names of subsets with AND, OR, NOT and parentheses. */
  readonly subset?: string;
}

/** Every row in its own order. */
export const PLAIN: TableView = { sort: [], filter: [] };

/** Some rows of a view. */
export interface RowBlock {
  /** The rows, with the extra column `__row__`: their place in the result. */
  readonly table: Table;
  /** Rows of the whole view so far. */
  readonly rows: number;
  readonly complete: boolean;
}

/** The selected rows, in the order of the result. */
export interface RowSelection {
  readonly ranges: Ranges;
  readonly rows: number;
  readonly revision: number;
}

/** What changed in a source. */
export type SourceChange = 'rows' | 'selection' | 'subsets';

/** A result that can be read block by block. */
export interface RowSource {
  readonly columns: readonly SourceColumn[];
  /** Rows so far. */
  readonly rows: number;
  /** Whether all rows are there. */
  readonly complete: boolean;
  /** Whether the result was cut off at its limit. */
  readonly overflow: boolean;
  readonly selection: RowSelection;
  /** What else can be asked about a view; a source in a kernel has nothing of it. */
  readonly analysis?: Analysis;
  /** Read some rows of a view. */
  fetch(start: number, count: number, view: TableView, signal: AbortSignal): Promise<RowBlock>;
  /** Read one cell of a view as long as it is; a source that has no long cells has no need of it. */
  whole?(row: number, column: string, view: TableView, signal: AbortSignal): Promise<Table>;
  /**
   * Select rows given by their positions in a view.
   *
   * The promise settles once `selection` tells them in the order of the result.
   */
  select(ranges: Ranges, view: TableView): Promise<void>;
  /** Be told of changes, until the returned function is called. */
  onChange(callback: (change: SourceChange) => void): () => void;
}

/** The name of the extra column of a block. */
export const ROW = '__row__';

/** Whether a view leaves out rows or changes their order. */
export function arranges(view: TableView): boolean {
  return (
    view.sort.length > 0 ||
    view.filter.length > 0 ||
    (view.where?.length ?? 0) > 0 ||
    Boolean(view.subset)
  );
}

/** Whether a view shows every row in its own order, and nothing computed. */
export function isPlain(view: TableView): boolean {
  return !arranges(view) && (view.derive?.length ?? 0) === 0;
}
