/** Tiles of an image: those on screen are asked for, others wait or are forgotten. */

import type { TilePlace } from './source';

/** Tiles that are kept, and asked for at once. */
const KEPT = 160;
const AT_ONCE = 6;

interface Entry<T> {
  readonly place: TilePlace;
  value: T | null;
  failed: boolean;
  running: AbortController | null;
}

/** Keeps what was fetched last, and ends requests that nobody waits for any more. */
export class TileCache<T> {
  constructor(
    private readonly _fetch: (place: TilePlace, signal: AbortSignal) => Promise<T>,
    /** Told when something came, or went wrong. */
    private readonly _arrived: (failure: unknown) => void,
    private readonly _drop: (value: T) => void = () => undefined
  ) {}

  /** A tile that is there; nothing is asked for. */
  get(place: TilePlace): T | null {
    const entry = this._entries.get(place.join());
    if (entry) {
      // What was looked at last is kept longest.
      this._entries.delete(place.join());
      this._entries.set(place.join(), entry);
    }
    return entry?.value ?? null;
  }

  /** Whether tiles are on their way. */
  get busy(): boolean {
    return this._wanted.length > 0 || this._running > 0;
  }

  /** Ask for these tiles, the first one first, and for no others. */
  want(places: readonly TilePlace[]): void {
    const keys = new Set(places.map(place => place.join()));
    for (const [key, entry] of this._entries) {
      if (entry.running && !keys.has(key)) {
        entry.running.abort();
      }
    }
    this._wanted = places.filter(place => !this._entries.has(place.join()));
    this._go();
  }

  /** Forget everything. */
  clear(): void {
    this._wanted = [];
    for (const entry of this._entries.values()) {
      entry.running?.abort();
      if (entry.value !== null) {
        this._drop(entry.value);
      }
    }
    this._entries.clear();
  }

  private _go(): void {
    while (this._running < AT_ONCE && this._wanted.length > 0) {
      void this._load(this._wanted.shift()!);
    }
  }

  private async _load(place: TilePlace): Promise<void> {
    const key = place.join();
    const running = new AbortController();
    const entry: Entry<T> = { place, value: null, failed: false, running };
    this._entries.set(key, entry);
    this._running += 1;
    let failure: unknown = null;
    try {
      const value = await this._fetch(place, running.signal);
      if (this._entries.get(key) === entry) {
        entry.value = value;
      } else {
        this._drop(value);
      }
    } catch (reason) {
      if (running.signal.aborted) {
        if (this._entries.get(key) === entry) {
          this._entries.delete(key);
        }
      } else {
        entry.failed = true;
        failure = reason;
      }
    }
    entry.running = null;
    this._running -= 1;
    this._trim();
    this._go();
    this._arrived(failure);
  }

  private _trim(): void {
    for (const [key, entry] of this._entries) {
      if (this._entries.size <= KEPT) {
        return;
      }
      if (!entry.running) {
        this._entries.delete(key);
        if (entry.value !== null) {
          this._drop(entry.value);
        }
      }
    }
  }

  private readonly _entries = new Map<string, Entry<T>>();
  private _wanted: TilePlace[] = [];
  private _running = 0;
}
