/** Tables of outside TAP services, and regions as standard ADQL writes them. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { asPlatformError, isAbort } from '../api/errors';
import type { PlatformError } from '../api/errors';
import type { ColumnInfo, Service, ServiceTables, TableInfo } from '../api/models';
import { inFrame } from '../viewers/celestial/frames';
import type { SkyFrame } from '../viewers/celestial/frames';
import { onTangentPlane } from '../viewers/celestial/sphere';
import { degreesText } from './positions';
import type { Frame, Position } from './positions';
import { positionColumns } from './targets';

/** Milliseconds after the last key until the service is asked. */
const PAUSE = 300;
const RADIAN = Math.PI / 180;
const NONE: ServiceTables = { tables: [], found: 0, total: 0 };
const FRAMES: Readonly<Record<Frame, SkyFrame>> = {
  ICRS: 'icrs',
  GALACTIC: 'galactic',
  ECLIPTIC: 'ecliptic'
};

/** A table of an outside service as the form takes it. */
export function outsideTable(
  name: string,
  description: string,
  columns: readonly ColumnInfo[]
): TableInfo {
  const position = positionColumns(columns);
  return { name, description, rows: null, position, columns, outside: true };
}

/** A position in ICRS, which all services know; as it was written where it is so already. */
export function inIcrs(position: Position, frame: Frame): Position {
  if (frame === 'ICRS') {
    return position;
  }
  const place = [Number(position[0]), Number(position[1])] as const;
  const [lon, lat] = inFrame(place, FRAMES[frame], 'icrs');
  return [degreesText(lon), degreesText(lat)];
}

/**
 * The corners of a box whose sides are great circles, degrees, in ICRS.
 *
 * ADQL 2.1 advises against BOX, and many services never had it.
 */
export function corners(
  centre: Position,
  width: number,
  height: number,
  frame: Frame
): readonly Position[] {
  const place = [Number(centre[0]), Number(centre[1])] as const;
  const [east, north] = [width, height].map(one => Math.tan((one / 2) * RADIAN) / RADIAN);
  return [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1]
  ].map(([x, y]) => {
    const [lon, lat] = onTangentPlane(place, x * east, y * north);
    return inIcrs([degreesText(lon), degreesText(lat)], frame);
  });
}

/** Who is asked. */
export interface OutsideServer {
  serviceTables(name: string, search: string, signal?: AbortSignal): Promise<ServiceTables>;
  serviceColumns(name: string, table: string, signal?: AbortSignal): Promise<readonly ColumnInfo[]>;
}

/** What a form knows of the tables of the chosen service; it is asked when a person looks. */
export class OutsideModel {
  constructor(
    private readonly _server: OutsideServer,
    private readonly _pause = PAUSE
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The service; `null` while queries run here. */
  get service(): Service | null {
    return this._service;
  }

  /** Tables that were looked for, and how many there are in all. */
  get found(): ServiceTables {
    return this._found;
  }

  /** The table that is searched. */
  get table(): TableInfo | null {
    return this._table;
  }

  get reading(): boolean {
    return this._reading !== null;
  }

  get error(): PlatformError | null {
    return this._error;
  }

  setService(service: Service | null): void {
    if (service?.url !== this._service?.url || service?.name !== this._service?.name) {
      clearTimeout(this._timer);
      this._reading?.abort();
      this._reading = null;
      this._service = service;
      this._found = NONE;
      this._table = null;
      this._error = null;
      this._changed.emit(undefined);
    }
  }

  /** Look for tables, soon. */
  look(search: string): void {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => {
      void this._read(async (name, signal) => {
        const found = await this._server.serviceTables(name, search, signal);
        if (!signal.aborted) {
          this._found = found;
        }
      });
    }, this._pause);
  }

  /** Search a table. */
  async choose(table: string): Promise<void> {
    clearTimeout(this._timer);
    await this._read(async (name, signal) => {
      const columns = await this._server.serviceColumns(name, table, signal);
      const { description = '' } = this._found.tables.find(one => one.name === table) ?? {};
      if (!signal.aborted) {
        this._table = outsideTable(table, description, columns);
      }
    });
  }

  private async _read(
    work: (service: string, signal: AbortSignal) => Promise<void>
  ): Promise<void> {
    if (!this._service) {
      return;
    }
    this._reading?.abort();
    const reading = (this._reading = new AbortController());
    this._error = null;
    this._changed.emit(undefined);
    try {
      await work(this._service.name, reading.signal);
    } catch (reason) {
      if (isAbort(reason) || reading.signal.aborted) {
        return;
      }
      this._error = asPlatformError(reason);
    }
    if (this._reading === reading) {
      this._reading = null;
      this._changed.emit(undefined);
    }
  }

  private _service: Service | null = null;
  private _found = NONE;
  private _table: TableInfo | null = null;
  private _error: PlatformError | null = null;
  private _reading: AbortController | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private readonly _changed = new Signal<this, void>(this);
}
