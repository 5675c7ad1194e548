/** Where a query runs: here, or at an outside TAP service. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { Client } from '../api/client';
import { asPlatformError, isAbort } from '../api/errors';
import type { PlatformError } from '../api/errors';
import type { Example, Service, ServiceColumn, ServiceTable } from '../api/models';

/** Milliseconds after the last key until the server is asked. */
const PAUSE = 300;

/** The outside services, and what is known of the one that is chosen. Nobody is asked before. */
export class ServicesModel {
  constructor(
    private readonly _client: Client,
    private readonly _pause = PAUSE
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The services that may be asked. */
  get list(): readonly Service[] {
    return this._list;
  }

  /** The service that runs queries; `null` for this instance. */
  get chosen(): Service | null {
    return this._chosen;
  }

  /** Its example queries. */
  get examples(): readonly Example[] {
    return this._examples;
  }

  /** Tables of it that were looked for. */
  get tables(): readonly ServiceTable[] {
    return this._tables;
  }

  /** How many tables fit the search, and how many there are; 0 until that is known. */
  get counts(): readonly [found: number, total: number] {
    return this._counts;
  }

  /** Columns of the table that is open. */
  get columns(): readonly ServiceColumn[] {
    return this._columns;
  }

  /** The table that is open. */
  get open(): string {
    return this._open;
  }

  /** Whether its tables or columns are being read. */
  get reading(): boolean {
    return this._reading !== null;
  }

  /** Why they could not be. */
  get error(): PlatformError | null {
    return this._error;
  }

  /** Read the list of services. */
  async refresh(): Promise<void> {
    try {
      this._list = await this._client.services();
    } catch {
      // The list of jobs says that the server is away; here the old list stays.
    }
    if (this._chosen && !this._list.some(one => one.name === this._chosen?.name)) {
      this.choose('');
    }
    this._changed.emit(undefined);
  }

  /** Run queries at the service of that name; here if it is empty or unknown. */
  choose(name: string): void {
    const chosen = this._list.find(one => one.name === name) ?? null;
    if (chosen === this._chosen) {
      return;
    }
    this._chosen = chosen;
    this._forget();
    this._changed.emit(undefined);
  }

  /** Add a service of one's own, and choose it. */
  async add(name: string, url: string, title: string): Promise<void> {
    const made = await this._client.addService(name, url, title);
    await this.refresh();
    this.choose(made.name);
  }

  /** Forget a service of one's own. */
  async remove(name: string): Promise<void> {
    await this._client.removeService(name);
    await this.refresh();
  }

  /** Look for tables of the chosen service, soon. */
  look(search: string): void {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => void this._look(search), this._pause);
  }

  /** Read the columns of a table; nothing is open if it was. */
  async openTable(table: string): Promise<void> {
    const service = this._chosen;
    this._open = this._open === table ? '' : table;
    this._columns = [];
    this._changed.emit(undefined);
    if (service && this._open) {
      await this._read(async signal => {
        const columns = await this._client.serviceColumns(service.name, table, signal);
        if (this._open === table) {
          this._columns = columns;
        }
      });
    }
  }

  dispose(): void {
    this._forget();
    Signal.clearData(this);
  }

  private async _look(search: string): Promise<void> {
    const service = this._chosen;
    if (!service) {
      return;
    }
    await this._read(async signal => {
      const found = await this._client.serviceTables(service.name, search, signal);
      this._tables = found.tables;
      this._counts = [found.found, found.total];
      if (!this._asked) {
        this._asked = true;
        // Few services have examples; without them the list stays empty.
        this._examples = await this._client
          .serviceExamples(service.name, signal)
          .catch((): readonly Example[] => []);
      }
    });
  }

  private async _read(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this._reading?.abort();
    const reading = (this._reading = new AbortController());
    this._error = null;
    this._changed.emit(undefined);
    try {
      await work(reading.signal);
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

  private _forget(): void {
    clearTimeout(this._timer);
    this._reading?.abort();
    this._reading = null;
    this._tables = [];
    this._counts = [0, 0];
    this._columns = [];
    this._examples = [];
    this._open = '';
    this._asked = false;
    this._error = null;
  }

  private _list: readonly Service[] = [];
  private _chosen: Service | null = null;
  private _examples: readonly Example[] = [];
  private _tables: readonly ServiceTable[] = [];
  private _counts: readonly [number, number] = [0, 0];
  private _columns: readonly ServiceColumn[] = [];
  private _open = '';
  private _asked = false;
  private _reading: AbortController | null = null;
  private _error: PlatformError | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private readonly _changed = new Signal<this, void>(this);
}

/** A short name for a service, made of its address: `data.lsst.cloud` → `data-lsst-cloud`. */
export function serviceName(url: string): string {
  try {
    return new URL(url).hostname
      .replace(/^www\./, '')
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 40);
  } catch {
    return '';
  }
}
