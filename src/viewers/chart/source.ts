/** Where a chart gets what it draws from. */

import type { Table } from 'apache-arrow';

import type { Ranges } from '../ranges';
import type { RowBlock, RowSelection, SourceChange, SourceColumn, TableView } from '../source';
import type { Encoding, Statistic } from './spec';

/** Ends of the axes in their own values: x0, x1, y0, y1. */
export type Box = readonly [number, number, number, number];

/** Two axes over the rows of a view. */
export interface Plane {
  readonly view?: TableView;
  readonly x: string;
  readonly y: string;
  readonly logx?: boolean;
  readonly logy?: boolean;
  /** Whether only selected rows count. */
  readonly selected?: boolean;
}

/** Further columns of points, by what they are for. */
export type PointColumns = Readonly<Partial<Record<Encoding | 'by', string>>>;

/** Rows of a box; none if there are more than the limit. */
export interface Points {
  /** How many there are. */
  readonly rows: number;
  /** `__row__`, `x`, `y`, and the further columns. */
  readonly table: Table;
}

/** Rows counted in the cells of a grid, from the low ends of y and of x. */
export interface Density {
  readonly width: number;
  readonly height: number;
  readonly box: Box;
  readonly rows: number;
  readonly least: number | null;
  readonly most: number | null;
  /** Counts, or values with NaN where no row is. */
  readonly cells: Uint32Array | Float32Array;
}

/** Rows counted along one axis. */
export interface Histogram {
  readonly edges: readonly number[];
  readonly values: readonly string[];
  readonly groups: ReadonlyArray<string | null>;
  readonly others: boolean;
  readonly counts: ReadonlyArray<readonly number[]>;
  readonly below: number;
  readonly above: number;
  readonly missing: number;
}

/** A part of a chart. */
export type Region =
  | { readonly box: readonly (number | null)[] }
  | { readonly polygon: ReadonlyArray<readonly [number, number]> };

/** What a region does to the selection. */
export type RegionMode = 'new' | 'add' | 'remove' | 'intersect';

/** What is asked of a density. */
export interface DensityRequest {
  readonly box?: Box;
  readonly width: number;
  readonly height: number;
  readonly weight?: string;
  readonly statistic?: Statistic;
}

/** What is asked of a histogram. */
export interface HistogramRequest {
  readonly view?: TableView;
  readonly x: string;
  readonly bins: number;
  readonly low?: number;
  readonly high?: number;
  readonly log?: boolean;
  readonly by?: string;
  readonly selected?: boolean;
}

/** Whether an expression is one. */
export interface Checked {
  readonly error?: string;
  readonly unit?: string | null;
  readonly datatype?: string | null;
}

/** A result that charts are drawn from. */
export interface ChartSource {
  readonly id: string;
  /** What people call it. */
  readonly name: string;
  readonly columns: readonly SourceColumn[];
  readonly rows: number;
  readonly complete: boolean;
  readonly selection: RowSelection;
  points(
    plane: Plane,
    columns: PointColumns,
    limit: number,
    box: Box | undefined,
    signal: AbortSignal
  ): Promise<Points>;
  density(plane: Plane, request: DensityRequest, signal: AbortSignal): Promise<Density>;
  histogram(request: HistogramRequest, signal: AbortSignal): Promise<Histogram>;
  /** The row nearest to a place. */
  pick(
    plane: Plane,
    at: readonly [number, number],
    radius: readonly [number, number],
    signal: AbortSignal
  ): Promise<number | null>;
  /** Change the selection by the rows of a region. */
  region(plane: Plane, region: Region, mode: RegionMode, signal: AbortSignal): Promise<void>;
  /** Select rows of the result. */
  select(ranges: Ranges): Promise<void>;
  /** One row of the result. */
  row(row: number, signal: AbortSignal): Promise<RowBlock>;
  /** Whether a value expression is right, while it is typed. */
  check(text: string, view: TableView | undefined, signal: AbortSignal): Promise<Checked>;
  onChange(callback: (change: SourceChange) => void): () => void;
}
