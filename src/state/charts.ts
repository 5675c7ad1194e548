/** Results on the server as what charts are drawn from. */

import type { Client } from '../api/client';
import type { View } from '../api/models';
import type { Ranges } from '../viewers/ranges';
import { PLAIN, isPlain } from '../viewers/source';
import type {
  RowBlock,
  RowSelection,
  SourceChange,
  SourceColumn,
  TableView
} from '../viewers/source';
import type {
  Box,
  Checked,
  ChartSource,
  Density,
  DensityRequest,
  Histogram,
  HistogramRequest,
  Plane,
  PointColumns,
  Points,
  Region,
  RegionMode
} from '../viewers/chart/source';
import type { PortalSource } from './results';

/** A view as it is sent: order does not matter to a chart. */
function rowsOf(view: TableView | undefined): View | undefined {
  if (!view) {
    return undefined;
  }
  const shown = { ...view, sort: [] };
  const more = Object.entries(shown).some(([name, value]) => name !== 'sort' && hasSome(value));
  return isPlain(shown) && !more ? undefined : shown;
}

function hasSome(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function sent<T extends { readonly view?: TableView }>(asked: T): T {
  return { ...asked, view: rowsOf(asked.view) };
}

/** One result. */
export class PortalChartSource implements ChartSource {
  constructor(
    private readonly _client: Client,
    private readonly _source: PortalSource,
    readonly name: string
  ) {}

  get id(): string {
    return this._source.id;
  }

  get columns(): readonly SourceColumn[] {
    return this._source.columns;
  }

  get rows(): number {
    return this._source.rows;
  }

  get complete(): boolean {
    return this._source.complete;
  }

  get selection(): RowSelection {
    return this._source.selection;
  }

  points(
    plane: Plane,
    columns: PointColumns,
    limit: number,
    box: Box | undefined,
    signal: AbortSignal
  ): Promise<Points> {
    const given = Object.entries(columns).filter(([, text]) => text);
    const asked = { ...sent(plane), columns: Object.fromEntries(given), limit, box };
    return this._client.points(this.id, asked, signal);
  }

  density(plane: Plane, request: DensityRequest, signal: AbortSignal): Promise<Density> {
    return this._client.density(this.id, { ...sent(plane), ...request }, signal);
  }

  histogram(request: HistogramRequest, signal: AbortSignal): Promise<Histogram> {
    return this._client.histogram(this.id, sent(request), signal);
  }

  pick(
    plane: Plane,
    at: readonly [number, number],
    radius: readonly [number, number],
    signal: AbortSignal
  ): Promise<number | null> {
    return this._client.pick(this.id, { ...sent(plane), at, radius }, signal);
  }

  async region(plane: Plane, region: Region, mode: RegionMode, signal: AbortSignal): Promise<void> {
    const asked = { ...sent(plane), ...region, mode };
    this._source.take(await this._client.region(this.id, asked, signal));
  }

  select(ranges: Ranges): Promise<void> {
    return this._source.select(ranges, PLAIN);
  }

  row(row: number, signal: AbortSignal): Promise<RowBlock> {
    return this._source.fetch(row, 1, PLAIN, signal);
  }

  async check(text: string, view: TableView | undefined, signal: AbortSignal): Promise<Checked> {
    const { column, error } = await this._client.checkValue(this.id, text, rowsOf(view), signal);
    return error ? { error: error.message } : { unit: column?.unit, datatype: column?.datatype };
  }

  onChange(callback: (change: SourceChange) => void): () => void {
    return this._source.onChange(callback);
  }
}
