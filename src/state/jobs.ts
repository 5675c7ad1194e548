/** The caller's jobs: panel, notebooks and outside clients alike. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { Client } from '../api/client';
import { PlatformError, asPlatformError, isAbort } from '../api/errors';
import type { EventChannel } from '../api/events';
import { isActive } from '../api/models';
import type { EventMessage, Job, JobSearch, Submission } from '../api/models';
import { EVERY, isEvery, isSought } from './job_search';

/** Jobs of one page of the list. */
const LISTED = 50;
/** Jobs that a server lists at once. */
const MOST = 1000;
/** Milliseconds between two looks while the event channel is down. */
const POLL = 3000;

/** What changed: one job, or the whole list. */
export interface JobsChange {
  readonly job: Job | null;
  readonly removed?: string;
}

/** Follows the jobs by events, and by looking while there are none. */
export class JobsModel {
  constructor(
    private readonly _client: Client,
    private readonly _channel: EventChannel
  ) {
    _channel.message.connect(this._onMessage, this);
    _channel.missed.connect(() => void this.refresh());
    _channel.stateChanged.connect(() => this._pollIfNeeded());
  }

  get changed(): ISignal<this, JobsChange> {
    return this._changed;
  }

  /** Those that are looked for, newest first. */
  get list(): readonly Job[] {
    return this._list;
  }

  /** All that were read, in no order. */
  get known(): readonly Job[] {
    return [...this._known.values()];
  }

  /** Which jobs the list shows. */
  get search(): JobSearch {
    return this._search;
  }

  /** Whether there are older jobs than the list shows. */
  get more(): boolean {
    return this._more;
  }

  /** Whether the list is being read for another search, or for older jobs. */
  get reading(): boolean {
    return this._reading !== null;
  }

  /** The tags of all jobs. */
  get tags(): readonly string[] {
    return this._tags;
  }

  /** Whether the list was read. */
  get loaded(): boolean {
    return this._loaded;
  }

  get error(): PlatformError | null {
    return this._error;
  }

  /** Jobs that run or wait. */
  get active(): number {
    return [...this._known.values()].filter(isActive).length;
  }

  get(id: string): Job | undefined {
    return this._known.get(id);
  }

  /** A job, asked for if it is not in the list. */
  async find(id: string): Promise<Job> {
    return this.get(id) ?? this._put(await this._client.job(id));
  }

  /**
   * Wait until a job has all of its rows.
   *
   * Rejects with what went wrong if it has none, and when the wait is given up.
   */
  async done(id: string, signal: AbortSignal): Promise<Job> {
    let job = await this.find(id);
    while (isActive(job)) {
      job = await new Promise<Job>((resolve, reject) => {
        const stop = (): void => {
          this._changed.disconnect(hear);
          signal.removeEventListener('abort', give);
        };
        const hear = (_: this, change: JobsChange): void => {
          const now = this.get(id);
          if (now && now !== job) {
            stop();
            resolve(now);
          } else if (change.removed === id) {
            stop();
            reject(new Error('The job was deleted.'));
          }
        };
        const give = (): void => {
          stop();
          reject(signal.reason as Error);
        };
        signal.throwIfAborted();
        this._changed.connect(hear);
        signal.addEventListener('abort', give);
      });
    }
    if (job.phase !== 'COMPLETED') {
      throw job.error ? new PlatformError(job.error) : new Error('The job was cancelled.');
    }
    return job;
  }

  /** Seconds a job has run by now; `null` before it starts. */
  elapsed(job: Job): number | null {
    if (job.elapsed === null || job.elapsed === undefined) {
      return null;
    }
    if (job.phase !== 'EXECUTING') {
      return job.elapsed;
    }
    const since = this._received.get(job.id) ?? performance.now();
    return job.elapsed + (performance.now() - since) / 1000;
  }

  /** Read the list again, as far as it was read. */
  async refresh(): Promise<void> {
    await this._read(Math.min(Math.max(this._list.length, LISTED), MOST));
  }

  /** Show other jobs. */
  async look(search: Partial<JobSearch>): Promise<void> {
    this._search = { ...this._search, ...search };
    await this._read(LISTED);
  }

  /** Show all jobs again. */
  async lookAtAll(): Promise<void> {
    await this.look(EVERY);
  }

  /** Show older jobs too. */
  async older(): Promise<void> {
    const last = this._list[this._list.length - 1];
    if (this._more && last && !this.reading) {
      await this._read(LISTED, last.id);
    }
  }

  /** Give a job a name, or tags. */
  async label(id: string, label: { name?: string; tags?: readonly string[] }): Promise<void> {
    const job = this._put(await this._client.labelJob(id, label));
    const fresh = (job.tags ?? []).filter(tag => !this._tags.includes(tag));
    if (fresh.length > 0) {
      this._tags = [...this._tags, ...fresh].sort((a, b) => a.localeCompare(b));
      this._changed.emit({ job });
    }
  }

  /** Submit a query; throws the `PlatformError` of one that is not valid. */
  async submit(submission: Submission): Promise<Job> {
    return this._put(await this._client.submit(submission));
  }

  /** Cancel a job. */
  async abort(id: string): Promise<void> {
    await this._client.abort(id);
    await this.reread(id);
  }

  /** Look whether a job is still there, and how it stands. */
  async reread(id: string): Promise<void> {
    try {
      this._put(await this._client.job(id));
    } catch (reason) {
      if (asPlatformError(reason).status === 404) {
        this._drop(id);
      }
    }
  }

  /** Delete a job and its result. */
  async remove(id: string): Promise<void> {
    await this._client.remove(id);
    this._drop(id);
  }

  private async _read(last: number, before = ''): Promise<void> {
    this._reading?.abort();
    const reading = (this._reading = new AbortController());
    this._changed.emit({ job: null });
    try {
      const page = await this._client.jobs(last, this._search, before, reading.signal);
      const now = performance.now();
      if (!before && isEvery(this._search)) {
        // Nothing runs on of what has gone without a word.
        [...this._known.values()].filter(isActive).forEach(job => this._known.delete(job.id));
      }
      for (const job of page.jobs) {
        this._received.set(job.id, now);
        this._known.set(job.id, job);
      }
      const here = new Set(page.jobs.map(job => job.id));
      const newer = before ? this._list.filter(job => !here.has(job.id)) : [];
      this._list = [...newer, ...page.jobs];
      this._more = page.more;
      this._tags = page.tags;
      this._loaded = true;
      this._error = null;
    } catch (reason) {
      if (isAbort(reason)) {
        return;
      }
      this._error = asPlatformError(reason);
    }
    this._reading = null;
    this._changed.emit({ job: null });
    this._pollIfNeeded();
  }

  private _onMessage(_: EventChannel, message: EventMessage): void {
    if (message.topic !== 'job' || !message.id) {
      return;
    }
    const state = message.state as (Partial<Job> & { deleted?: boolean }) | null | undefined;
    if (!state || state.deleted) {
      this._drop(message.id);
      return;
    }
    const known = this.get(message.id);
    if (known || state.query !== undefined) {
      this._put({ ...known, ...state, id: message.id } as Job);
    } else {
      void this.reread(message.id);
    }
  }

  private _put(job: Job): Job {
    this._received.set(job.id, performance.now());
    const known = this.get(job.id);
    if (known && !isActive(known) && isActive(job)) {
      // A late answer: a job that ended does not run again.
      return known;
    }
    this._known.set(job.id, job);
    if (this._list.some(other => other.id === job.id)) {
      this._list = this._list.map(other => (other.id === job.id ? job : other));
    } else if (isSought(job, this._search) && this._reaches(job)) {
      this._list = [job, ...this._list].sort((a, b) => (a.created < b.created ? 1 : -1));
    }
    this._changed.emit({ job });
    this._pollIfNeeded();
    return job;
  }

  /** Whether the list goes back to the time of a job. */
  private _reaches(job: Job): boolean {
    const last = this._list[this._list.length - 1];
    return !this._more || !last || job.created >= last.created;
  }

  private _drop(id: string): void {
    if (this._known.delete(id)) {
      this._list = this._list.filter(job => job.id !== id);
      this._received.delete(id);
      this._changed.emit({ job: null, removed: id });
    }
  }

  /** Without events, look now and then as long as something runs. */
  private _pollIfNeeded(): void {
    const blind = this._channel.state !== 'open' && this.active > 0;
    const needed = blind || (this._error?.transient ?? false);
    if (needed && !this._timer) {
      this._timer = setTimeout(() => {
        this._timer = undefined;
        void this.refresh();
      }, POLL);
    } else if (!needed && this._timer) {
      clearTimeout(this._timer);
      this._timer = undefined;
    }
  }

  private _list: readonly Job[] = [];
  private _search = EVERY;
  private _more = false;
  private _tags: readonly string[] = [];
  private _reading: AbortController | null = null;
  private readonly _known = new Map<string, Job>();
  private _loaded = false;
  private _error: PlatformError | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private readonly _received = new Map<string, number>();
  private readonly _changed = new Signal<this, JobsChange>(this);
}

/** Seconds as people read them: `40 ms`, `1.4 s`, `12 s`, `3 min 05 s`, `2 h 04 min`. */
export function duration(seconds: number): string {
  if (seconds < 1) {
    return `${Math.max(1, Math.round(seconds * 1000))} ms`;
  }
  if (seconds < 10) {
    return `${seconds.toFixed(1)} s`;
  }
  const whole = Math.floor(seconds);
  if (whole < 60) {
    return `${whole} s`;
  }
  const two = (value: number): string => String(value).padStart(2, '0');
  if (whole < 3600) {
    return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  }
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** Bytes as people read them. */
export function bytes(size: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = size;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** A query on one line. */
export function oneLine(query: string): string {
  return query
    .replace(/--[^\n]*/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}
