/** The stamps of a wall: those on screen first, then those that come next, all of them kept. */

/** A stamp that was made, or why there is none. */
export interface Stamp {
  /** PNG; `null` if there is none. */
  readonly picture: Blob | null;
  readonly error: string;
  /** The image it is of. */
  readonly image: string;
}

/** A place that a stamp is wanted of. */
export interface StampPlace {
  /** The row's number in the result. */
  readonly row: number;
  /** Degrees, ICRS; not a number where the row has none. */
  readonly ra: number;
  readonly dec: number;
}

/** Makes some stamps. */
export type MakeStamps = (
  places: readonly StampPlace[],
  signal: AbortSignal
) => Promise<readonly Stamp[]>;

/** Stamps in one request, requests at once, and stamps that are kept. */
export const CHUNK = 12;
const AT_ONCE = 2;
const KEPT = 3000;

/**
 * Makes stamps in the order in which they are looked at.
 *
 * What is wanted can change at any time: requests of stamps that nobody wants any more
 * are cancelled, and those that were made stay.
 */
export class Stamps {
  constructor(
    private readonly _make: MakeStamps,
    /** Some stamps came, or failed. */
    private readonly _told: (rows: readonly number[]) => void
  ) {}

  /** The stamp of a row, if it was made. */
  get(row: number): Stamp | undefined {
    const found = this._made.get(row);
    if (found) {
      // What was looked at last is kept longest.
      this._made.delete(row);
      this._made.set(row, found);
    }
    return found;
  }

  /** Whether a row has one. */
  has(row: number): boolean {
    return this._made.has(row);
  }

  /** How many were made, or found to be impossible. */
  get count(): number {
    return this._made.size;
  }

  /** How many of them there cannot be. */
  get failures(): number {
    return [...this._made.values()].filter(stamp => !stamp.picture).length;
  }

  /** What went wrong with a whole request, until one succeeds. */
  get problem(): unknown {
    return this._problem;
  }

  /** Whether some are being made. */
  get busy(): boolean {
    return this._flights.size > 0;
  }

  /** Want these, the first ones first. */
  want(places: readonly StampPlace[]): void {
    this._wanted = places.filter(({ row }) => !this._made.has(row));
    const rows = new Set(places.map(({ row }) => row));
    for (const flight of [...this._flights]) {
      if (!flight.places.some(({ row }) => rows.has(row))) {
        this._flights.delete(flight);
        flight.cancel.abort();
      }
    }
    this._next();
  }

  /** Try again what failed as a whole. */
  retry(): void {
    this._problem = null;
    this._next();
  }

  /** Forget all of them. */
  clear(): void {
    this._made.clear();
    this._wanted = [];
    this._problem = null;
    for (const flight of this._flights) {
      flight.cancel.abort();
    }
    this._flights.clear();
  }

  private _next(): void {
    while (this._flights.size < AT_ONCE && !this._problem) {
      const flying = new Set(
        [...this._flights].flatMap(({ places }) => places.map(one => one.row))
      );
      const places = this._wanted
        .filter(({ row }) => !this._made.has(row) && !flying.has(row))
        .slice(0, CHUNK);
      if (places.length === 0) {
        return;
      }
      void this._fly(places);
    }
  }

  private async _fly(places: readonly StampPlace[]): Promise<void> {
    const flight = { places, cancel: new AbortController() };
    this._flights.add(flight);
    try {
      const found = await this._make(places, flight.cancel.signal);
      if (!this._flights.has(flight)) {
        return;
      }
      places.forEach(({ row }, at) => this._made.set(row, found[at]));
      for (const row of this._made.keys()) {
        if (this._made.size <= KEPT) {
          break;
        }
        this._made.delete(row);
      }
    } catch (reason) {
      if (!this._flights.has(flight)) {
        return;
      }
      this._problem = reason;
    }
    this._flights.delete(flight);
    this._told(places.map(({ row }) => row));
    this._next();
  }

  private readonly _made = new Map<number, Stamp>();
  private readonly _flights = new Set<{
    readonly places: readonly StampPlace[];
    readonly cancel: AbortController;
  }>();
  private _wanted: readonly StampPlace[] = [];
  private _problem: unknown = null;
}
