/** What the server says of a query before it is run: what is wrong with it, or what it will cost. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { asPlatformError, isAbort } from '../api/errors';
import type { PlatformError } from '../api/errors';
import type { Estimate } from '../api/models';
import { bytes, duration } from './jobs';

/** Milliseconds without a key before the server is asked. */
const PAUSE = 600;
/** Seconds from which on a query is called long. */
export const LONG = 60;

/** Who is asked. */
export interface Adviser {
  /** Rejects with the error of a query that is not valid. */
  explain(adql: string, signal?: AbortSignal): Promise<unknown>;
  estimate(adql: string, maxrec?: number, signal?: AbortSignal): Promise<Estimate>;
}

/** Follows a text while it is typed. */
export class Advice {
  constructor(
    private readonly _adviser: Adviser,
    private readonly _pause = PAUSE
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What is wrong with the text, where a place is known. */
  get error(): PlatformError | null {
    return this._error;
  }

  /** What it will cost; `null` if that is not known. */
  get estimate(): Estimate | null {
    return this._estimate;
  }

  /** The text is another one: ask when it has rested for a while. */
  consider(adql: string, maxrec?: number): void {
    this.stop();
    if (adql.trim() !== '') {
      this._timer = setTimeout(() => void this._ask(adql, maxrec), this._pause);
    }
  }

  /** Forget what was said, and what was asked. */
  stop(): void {
    clearTimeout(this._timer);
    this._asking?.abort();
    this._asking = null;
    this._tell(null, null);
  }

  dispose(): void {
    this.stop();
    Signal.clearData(this);
  }

  private async _ask(adql: string, maxrec?: number): Promise<void> {
    const asking = (this._asking = new AbortController());
    try {
      await this._adviser.explain(adql, asking.signal);
      const estimate = await this._adviser.estimate(adql, maxrec, asking.signal);
      if (!asking.signal.aborted) {
        this._tell(null, estimate);
      }
    } catch (reason) {
      const error = asPlatformError(reason);
      // A server that is away, or busy, says nothing of the query.
      if (!isAbort(reason) && !asking.signal.aborted && error.placed) {
        this._tell(error, null);
      }
    }
  }

  private _tell(error: PlatformError | null, estimate: Estimate | null): void {
    if (error !== this._error || estimate !== this._estimate) {
      this._error = error;
      this._estimate = estimate;
      this._changed.emit(undefined);
    }
  }

  private _error: PlatformError | null = null;
  private _estimate: Estimate | null = null;
  private _asking: AbortController | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private readonly _changed = new Signal<this, void>(this);
}

/** A count that is not exact, with two digits that count. */
function about(rows: number): string {
  if (rows < 100) {
    return String(Math.round(rows));
  }
  const unit = 10 ** (Math.floor(Math.log10(rows)) - 1);
  return (Math.round(rows / unit) * unit).toLocaleString('en');
}

/** An estimate in words; empty if nothing is known. */
export function estimateText(estimate: Estimate): string {
  const { rows, seconds } = estimate;
  const parts: string[] = [];
  if (rows !== null) {
    parts.push(`${about(rows)} ${Math.round(rows) === 1 ? 'row' : 'rows'}`);
  }
  if (estimate.bytes !== null && estimate.bytes >= 1e5) {
    parts.push(bytes(estimate.bytes));
  }
  if (seconds !== null) {
    parts.push(duration(seconds));
  }
  if (parts.length === 0) {
    return '';
  }
  const text = `About ${parts.join(', ')}`;
  return seconds !== null && seconds > LONG
    ? `${text}: it runs in the background, and you are told when it ends.`
    : `${text}.`;
}
