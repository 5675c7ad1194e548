/** The rows and stamps of a wall, from the server. */

import type { Client } from '../api/client';
import type { Ranges } from '../viewers/ranges';
import type { WallSource } from '../viewers/wall/source';
import type { StampImages, WallSpec } from '../viewers/wall/spec';
import type { Stamp, StampPlace } from '../viewers/wall/stamps';
import type { PortalSource } from './results';

/** What begins the names of subsets that are labels. */
const LABEL = 'label: ';

/** A result with positions as the source of a wall; labels are subsets of it. */
export class PortalWallSource implements WallSource {
  constructor(
    private readonly _client: Client,
    readonly rows: PortalSource,
    readonly images: readonly StampImages[]
  ) {}

  stamps(
    spec: WallSpec,
    places: readonly StampPlace[],
    signal: AbortSignal
  ): Promise<readonly Stamp[]> {
    const { release, dataset, bands, field, stretch, limits, colours } = spec;
    const number = (value: number): number | null => (Number.isFinite(value) ? value : null);
    const asked = {
      release,
      dataset,
      bands,
      radius: field / 7200,
      look: { stretch, limits, colors: colours },
      places: places.map(({ ra, dec }) => [number(ra), number(dec)])
    };
    return this._client.stamps(asked, signal);
  }

  async labels(): Promise<ReadonlyMap<string, Ranges>> {
    const { analysis } = this.rows;
    await analysis.loadSubsets();
    const found = new Map<string, Ranges>();
    for (const { name } of analysis.subsets) {
      if (name.startsWith(LABEL)) {
        const path = ['subsets', name, 'ranges'];
        const { ranges } = await this._client.ofResult<{ ranges: Ranges }>(
          this.rows.id,
          'GET',
          path
        );
        found.set(name.slice(LABEL.length), ranges);
      }
    }
    return found;
  }

  async keepLabel(name: string, rows: Ranges): Promise<void> {
    const path = ['subsets', LABEL + name];
    await this._client.ofResult(this.rows.id, 'PUT', path, { ranges: rows });
    await this.rows.analysis.loadSubsets();
  }
}
