/** The data files of the user's folder. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { Client } from '../api/client';
import { asPlatformError, isAbort } from '../api/errors';
import type { PlatformError } from '../api/errors';
import type { DataFile } from '../api/models';

/** Names of files that hold tables, as the server has them; each may end in `.gz` as well. */
const TABLES = /\.(vot|votable|xml|fits?|parquet|pq|arrow|ipc|csv|tsv|ecsv)(\.gz)?$/i;

/** Whether the name of a file says that it holds a table. */
export function isDataFile(name: string): boolean {
  return TABLES.test(name);
}

/** The folder and the name of a path. */
export function partsOf(path: string): { readonly folder: string; readonly name: string } {
  const end = path.lastIndexOf('/') + 1;
  return { folder: path.slice(0, end), name: path.slice(end) };
}

/** Knows which files there are. */
export class FilesModel {
  constructor(private readonly _client: Pick<Client, 'files'>) {}

  /** The list changed, or what is looked for. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The files with the text that is looked for in their paths. */
  get list(): readonly DataFile[] {
    const wanted = this._search.trim().toLowerCase();
    return wanted === ''
      ? this._files
      : this._files.filter(file => file.path.toLowerCase().includes(wanted));
  }

  /** Whether there is any file at all. */
  get empty(): boolean {
    return this._files.length === 0;
  }

  /** Whether these are all that there are. */
  get complete(): boolean {
    return this._complete;
  }

  get loaded(): boolean {
    return this._loaded;
  }

  /** Why they could not be read the last time. */
  get error(): PlatformError | null {
    return this._error;
  }

  get search(): string {
    return this._search;
  }

  set search(text: string) {
    this._search = text;
    this._changed.emit(undefined);
  }

  /** Look again. */
  async refresh(): Promise<void> {
    this._controller?.abort();
    const controller = new AbortController();
    this._controller = controller;
    try {
      const { files, complete } = await this._client.files(controller.signal);
      if (controller.signal.aborted) {
        return;
      }
      this._files = files;
      this._complete = complete;
      this._loaded = true;
      this._error = null;
    } catch (reason) {
      if (controller.signal.aborted || isAbort(reason)) {
        return;
      }
      this._error = asPlatformError(reason);
    }
    this._changed.emit(undefined);
  }

  private _files: readonly DataFile[] = [];
  private _complete = true;
  private _loaded = false;
  private _error: PlatformError | null = null;
  private _search = '';
  private _controller: AbortController | null = null;
  private readonly _changed = new Signal<this, void>(this);
}
