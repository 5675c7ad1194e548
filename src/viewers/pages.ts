/** Pages of a table: few in memory, fetched once, dropped when passed by. */

/** Reads one page. */
export type PageReader<T> = (index: number, signal: AbortSignal) => Promise<T>;

/**
 * A least-recently-used cache of pages that fetches what is wanted.
 *
 * `want` names the pages on screen; requests for other pages that are still
 * under way are cancelled, so that a fast scroll leaves nothing behind.
 */
export class PageCache<T> {
  /**
   * Parameters
   * ----------
   * read: reads one page.
   * capacity: pages kept at most.
   * arrived: called when a page is there.
   * failed: called when a page could not be read (not when it was cancelled).
   */
  constructor(
    private readonly _read: PageReader<T>,
    private readonly _capacity: number,
    private readonly _arrived: (index: number, page: T) => void,
    private readonly _failed: (index: number, reason: unknown) => void
  ) {}

  /** Requests under way. */
  get pending(): number {
    return this._flights.size;
  }

  /** A page, if it is there. */
  get(index: number): T | undefined {
    const page = this._pages.get(index);
    if (page !== undefined) {
      this._pages.delete(index);
      this._pages.set(index, page);
    }
    return page;
  }

  /** The pages that are there. */
  entries(): Iterable<readonly [number, T]> {
    return this._pages;
  }

  /** Keep a page that came some other way. */
  put(index: number, page: T): void {
    this._stale.delete(index);
    this._pages.delete(index);
    this._pages.set(index, page);
    for (const oldest of this._pages.keys()) {
      if (this._pages.size <= this._capacity) {
        break;
      }
      this._pages.delete(oldest);
    }
  }

  /** Say which pages are on screen now. */
  want(indexes: readonly number[]): void {
    for (const [index, controller] of this._flights) {
      if (!indexes.includes(index)) {
        this._flights.delete(index);
        controller.abort();
      }
    }
    for (const index of indexes) {
      if (this._flights.has(index) || (this._pages.has(index) && !this._stale.has(index))) {
        continue;
      }
      if (!this._broken.has(index)) {
        void this._fetch(index);
      }
    }
  }

  /** A page has grown on the server: show it as it is, and read it again. */
  expire(index: number): void {
    if (this._pages.has(index)) {
      this._stale.add(index);
    }
  }

  /** Try pages again that failed. */
  retry(): void {
    this._broken.clear();
  }

  /** Forget everything and cancel what is under way. */
  clear(): void {
    for (const controller of this._flights.values()) {
      controller.abort();
    }
    this._flights.clear();
    this._pages.clear();
    this._stale.clear();
    this._broken.clear();
  }

  private async _fetch(index: number): Promise<void> {
    const controller = new AbortController();
    this._flights.set(index, controller);
    try {
      const page = await this._read(index, controller.signal);
      if (this._flights.get(index) !== controller) {
        return;
      }
      this._flights.delete(index);
      this.put(index, page);
      this._arrived(index, page);
    } catch (reason) {
      if (this._flights.get(index) !== controller) {
        return;
      }
      this._flights.delete(index);
      this._broken.add(index);
      this._failed(index, reason);
    }
  }

  private readonly _pages = new Map<number, T>();
  private readonly _flights = new Map<number, AbortController>();
  private readonly _stale = new Set<number>();
  private readonly _broken = new Set<number>();
}
