/** Where a wall gets its rows and stamps from. */

import type { Ranges } from '../ranges';
import type { RowSource } from '../source';
import type { StampImages, WallSpec } from './spec';
import type { Stamp, StampPlace } from './stamps';

/** A table with positions, and images of the sky there. */
export interface WallSource {
  readonly rows: RowSource;
  /** Images that stamps can be of. */
  readonly images: readonly StampImages[];
  /** Make stamps, one a place in the same order. */
  stamps(
    spec: WallSpec,
    places: readonly StampPlace[],
    signal: AbortSignal
  ): Promise<readonly Stamp[]>;
  /** The rows of each label, as they were kept. */
  labels(): Promise<ReadonlyMap<string, Ranges>>;
  /** Keep the rows of a label. */
  keepLabel(name: string, rows: Ranges): Promise<void>;
}
