/** The tables of a user's own, and those on their way. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { Client } from '../api/client';
import { PlatformError, asPlatformError } from '../api/errors';
import type { EventChannel } from '../api/events';
import type { Job, Release, SaveMode, TableInfo, UserTable, UserTables, View } from '../api/models';
import type { Stored } from '../api/storing';
import { isReserved } from './adql';
import { pythonName } from './code';
import { bytes } from './jobs';

/** The schema of a user's own tables. */
export const SCHEMA = 'mydb';
/** Characters of a name. */
const LONGEST = 63;
/** No table at all. */
const NOTHING: Release = { name: SCHEMA, title: 'My tables', own: true, tables: [] };

/** A table on its way to the server. */
export interface Transfer {
  readonly id: number;
  /** What it will be called, without the schema. */
  readonly name: string;
  /** The job whose result it is; empty for a file. */
  readonly job: string;
  readonly stage: 'waiting' | 'sending' | 'storing';
  /** Rows stored so far. */
  readonly rows: number;
  /** How far it is, from 0 to 1; `null` where nobody knows. */
  readonly fraction: number | null;
}

/** What a transfer says of itself. */
export function transferText(transfer: Transfer): string {
  const { stage, rows, fraction } = transfer;
  if (stage === 'waiting') {
    return 'Waiting';
  }
  const percent = fraction === null ? '' : ` · ${Math.floor(fraction * 100)} %`;
  if (stage === 'sending') {
    return `Sending${percent}`;
  }
  return rows > 0 ? `Storing · ${rows.toLocaleString('en')} rows${percent}` : `Storing${percent}`;
}

/** Why a text cannot be the name of a table; empty if it can. */
export function nameProblem(name: string): string {
  if (name === '') {
    return 'Write a name.';
  }
  if (!/^[A-Za-z]\w*$/.test(name)) {
    return 'Use letters, digits and underscores, a letter first.';
  }
  if (name.length > LONGEST) {
    return `Use at most ${LONGEST} characters.`;
  }
  return isReserved(name) ? `“${name}” is a word of ADQL. Choose another name.` : '';
}

/** A table of the user's own as the tree shows it. */
function tableInfo(table: UserTable): TableInfo {
  const { full_name: name, title, description, rows, position, columns } = table;
  return {
    name,
    description: [title, description].filter(Boolean).join('\n'),
    rows,
    position,
    columns
  };
}

/** Rows and columns of a result, as a viewer shows them. */
export interface ShownPart {
  readonly view: View;
  /** Names; `null` for all columns. */
  readonly columns: readonly string[] | null;
}

/** Knows the tables, and stores new ones. */
export class TablesModel {
  constructor(
    private readonly _client: Client,
    channel: EventChannel
  ) {
    channel.message.connect((_, message) => {
      if (message.topic === 'tables') {
        void this.refresh();
      }
    });
    channel.missed.connect(() => void this.refresh());
  }

  /** Tables or transfers changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get list(): readonly UserTable[] {
    return this._known.tables;
  }

  /** Why they could not be read the last time. */
  get error(): PlatformError | null {
    return this._error;
  }

  /** What is on its way, the first first. */
  get transfers(): readonly Transfer[] {
    return this._transfers;
  }

  /** All tables as the tree shows them; the same object until they change. */
  get release(): Release {
    return this._release;
  }

  /** A table by its name, with or without the schema. */
  find(name: string): UserTable | undefined {
    const wanted = name.toLowerCase().replace(new RegExp(`^${SCHEMA}\\.`), '');
    return this.list.find(table => table.name.toLowerCase() === wanted);
  }

  /** A name that no table has yet, made of any text. */
  freeName(text: string): string {
    const made = pythonName(text)
      .replace(/^[^a-z]+/, '')
      .replace(/_+$/, '');
    const base = !made || isReserved(made) ? `${made || 'my'}_table` : made;
    const taken = (name: string): boolean =>
      this.find(name) !== undefined || this._transfers.some(one => one.name === name);
    let name = base;
    for (let n = 2; taken(name); n += 1) {
      name = `${base}_${n}`;
    }
    return name;
  }

  /** Read the tables again. */
  async refresh(): Promise<void> {
    const serial = (this._serial += 1);
    try {
      const known = await this._client.tables();
      if (serial === this._serial) {
        this._error = null;
        this._take(known);
      }
    } catch (reason) {
      if (serial === this._serial) {
        this._error = asPlatformError(reason);
        this._changed.emit(undefined);
      }
    }
  }

  /** Store the result of a job. */
  save(
    job: Pick<Job, 'id' | 'rows'>,
    name: string,
    mode: SaveMode,
    shown?: ShownPart
  ): Promise<UserTable> {
    const before = mode === 'append' ? (this.find(name)?.rows ?? 0) : 0;
    const total = job.rows + before;
    return this._transfer(name, job.id, (told, signal) => {
      told({ stage: 'storing' });
      const hear = ({ rows = 0 }: Stored): void =>
        told({ stage: 'storing', rows, fraction: total > 0 ? Math.min(1, rows / total) : null });
      return shown
        ? this._client.saveView(job.id, shown.view, shown.columns, name, mode, hear, signal)
        : this._client.saveTable(job.id, name, mode, hear, signal);
    });
  }

  /** Store a file; one after the other. */
  upload(file: Blob, name: string, mode: SaveMode): Promise<UserTable> {
    const limit = this._known.upload_limit;
    if (limit > 0 && file.size > limit) {
      return Promise.reject(
        new PlatformError({
          code: 'LimitError',
          message: `The file has ${bytes(file.size)}; a file may have ${bytes(limit)} here.`,
          hint: 'Split it, or write it in a compact format such as Parquet.'
        })
      );
    }
    return this._transfer(name, '', async (told, signal) => {
      const before = this._uploads;
      let end = (): void => undefined;
      const cancelled = new Promise<void>(resolve =>
        signal.addEventListener('abort', () => resolve())
      );
      const ended = new Promise<void>(resolve => (end = resolve));
      this._uploads = Promise.all([before, ended]);
      try {
        await Promise.race([before, cancelled]);
        const hear = ({ sent, rows }: Stored): void =>
          told(
            rows === undefined && (sent ?? 0) < file.size
              ? { stage: 'sending', fraction: (sent ?? 0) / file.size }
              : { stage: 'storing', rows: rows ?? 0, fraction: null }
          );
        hear({ sent: 0 });
        return await this._client.uploadTable(file, name, mode, hear, signal);
      } finally {
        end();
      }
    });
  }

  /** Stop a transfer; nothing of it is stored. */
  cancel(id: number): void {
    this._controllers.get(id)?.abort();
  }

  /** Give a table another name. */
  async rename(name: string, to: string): Promise<void> {
    await this._client.renameTable(name, to);
    await this.refresh();
  }

  /** Delete a table. */
  async remove(name: string): Promise<void> {
    await this._client.removeTable(name);
    await this.refresh();
  }

  private async _transfer(
    name: string,
    job: string,
    begin: (told: (change: Partial<Transfer>) => void, signal: AbortSignal) => Promise<UserTable>
  ): Promise<UserTable> {
    const id = (this._transferred += 1);
    const controller = new AbortController();
    this._controllers.set(id, controller);
    const first: Transfer = { id, name, job, stage: 'waiting', rows: 0, fraction: null };
    this._transfers = [...this._transfers, first];
    this._changed.emit(undefined);
    const told = (change: Partial<Transfer>): void => {
      this._transfers = this._transfers.map(one => (one.id === id ? { ...one, ...change } : one));
      this._changed.emit(undefined);
    };
    try {
      return await begin(told, controller.signal);
    } finally {
      this._controllers.delete(id);
      this._transfers = this._transfers.filter(one => one.id !== id);
      await this.refresh();
    }
  }

  private _take(known: UserTables): void {
    this._known = known;
    const tables = [...known.tables].sort((a, b) => a.name.localeCompare(b.name));
    const room = known.limit > 0 ? ` of ${bytes(known.limit)}` : '';
    this._release = {
      ...NOTHING,
      description: `Only you see them. They take ${bytes(known.used)}${room}.`,
      tables: tables.map(tableInfo)
    };
    this._changed.emit(undefined);
  }

  private _known: UserTables = { tables: [], used: 0, limit: 0, upload_limit: 0 };
  private _release: Release = NOTHING;
  private _error: PlatformError | null = null;
  private _serial = 0;
  private _transfers: readonly Transfer[] = [];
  private _transferred = 0;
  private _uploads: Promise<unknown> = Promise.resolve();
  private readonly _controllers = new Map<number, AbortController>();
  private readonly _changed = new Signal<this, void>(this);
}
