/** What can be queried. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { Client } from '../api/client';
import { asPlatformError } from '../api/errors';
import type { PlatformError } from '../api/errors';
import type { Example, Release } from '../api/models';

/** Milliseconds before a new try, where that may help. */
const RETRY = 3000;

/** How the catalogue stands. */
export type CatalogStatus = 'loading' | 'ready' | 'failed';

/** Releases, tables, columns and examples, read once and on demand. */
export class CatalogModel {
  constructor(private readonly _client: Client) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get status(): CatalogStatus {
    return this._status;
  }

  get error(): PlatformError | null {
    return this._error;
  }

  get releases(): readonly Release[] {
    return this._releases;
  }

  get examples(): readonly Example[] {
    return this._examples;
  }

  /** Read everything again. */
  async refresh(): Promise<void> {
    clearTimeout(this._timer);
    try {
      [this._releases, this._examples] = await Promise.all([
        this._client.catalog(),
        this._client.examples()
      ]);
      this._status = 'ready';
      this._error = null;
    } catch (reason) {
      this._error = asPlatformError(reason);
      // What was read before is still worth showing.
      this._status = this._releases.length > 0 ? 'ready' : 'failed';
      if (this._error.transient) {
        this._timer = setTimeout(() => void this.refresh(), RETRY);
      }
    }
    this._changed.emit(undefined);
  }

  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _status: CatalogStatus = 'loading';
  private _error: PlatformError | null = null;
  private _releases: readonly Release[] = [];
  private _examples: readonly Example[] = [];
  private readonly _changed = new Signal<this, void>(this);
}
