/** What charts ask of the server, and how it answers. */

import { tableFromIPC } from 'apache-arrow';
import type { Table } from 'apache-arrow';

import type { View } from './models';

/** Ends of two axes in their own values: x0, x1, y0, y1. */
export type Box = readonly [number, number, number, number];

/** Two axes over the rows of a view. */
export interface Plane {
  readonly view?: View;
  readonly x: string;
  readonly y: string;
  readonly logx?: boolean;
  readonly logy?: boolean;
  /** Whether only selected rows count. */
  readonly selected?: boolean;
}

/** Rows that are asked for. */
export interface PointsRequest extends Plane {
  readonly columns: Readonly<Record<string, string>>;
  readonly limit: number;
  readonly box?: Box;
}

/** Rows in a box; none if there are more than the limit. */
export interface Points {
  readonly rows: number;
  readonly table: Table;
}

/** A grid that is asked for. */
export interface DensityRequest {
  readonly box?: Box;
  readonly width: number;
  readonly height: number;
  readonly weight?: string;
  readonly statistic?: string;
}

/** Rows counted in the cells of a grid, from the low ends of y and of x. */
export interface Density {
  readonly width: number;
  readonly height: number;
  readonly box: Box;
  readonly rows: number;
  readonly least: number | null;
  readonly most: number | null;
  readonly cells: Uint32Array | Float32Array;
}

/** A histogram that is asked for. */
export interface HistogramRequest {
  readonly view?: View;
  readonly x: string;
  readonly bins: number;
  readonly low?: number;
  readonly high?: number;
  readonly log?: boolean;
  readonly by?: string;
  readonly selected?: boolean;
}

/** Rows counted along one axis; for texts by their value. */
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

/** A part of a chart; `null` is an open end. */
export type Region =
  | { readonly box: ReadonlyArray<number | null> }
  | { readonly polygon: ReadonlyArray<readonly [number, number]> };

/** What a region does to the selection. */
export type RegionMode = 'new' | 'add' | 'remove' | 'intersect';

/** What an expression gives, or what is wrong with it. */
export interface Checked {
  readonly column?: { readonly unit?: string | null; readonly datatype?: string | null };
  readonly error?: { readonly message: string; readonly hint?: string };
}

/** Points out of an answer. */
export async function pointsFrom(reply: Response): Promise<Points> {
  const bytes = new Uint8Array(await reply.arrayBuffer());
  return { rows: Number(reply.headers.get('X-LSP-Rows') ?? 0), table: tableFromIPC(bytes) };
}

/** A grid out of an answer. */
export async function gridFrom(reply: Response): Promise<Density> {
  const head = (name: string): string => reply.headers.get(`X-LSP-${name}`) ?? '';
  const limit = (name: string): number | null => (head(name) ? Number(head(name)) : null);
  const data = await reply.arrayBuffer();
  const [x0, x1, y0, y1] = head('Box').split(',').map(Number);
  return {
    width: Number(head('Width')),
    height: Number(head('Height')),
    box: [x0, x1, y0, y1],
    rows: Number(head('Rows')),
    least: limit('Min'),
    most: limit('Max'),
    // Browsers run on little-endian machines, which is how the server writes.
    cells: head('Type') === 'uint32' ? new Uint32Array(data) : new Float32Array(data)
  };
}
