/** Surveys of pictures (IVOA HiPS 1.0): which tiles there are, and where. */

import { ang2pix_nest, order2nside, pixcoord2vec_nest } from '@hscmap/healpix';

import { inFrame } from '../celestial/frames';
import type { SkyFrame } from '../celestial/frames';
import { toPlace } from '../celestial/sphere';
import type { Place, Vector } from '../celestial/sphere';

/** A survey as the server tells of it. */
export interface SurveyData {
  readonly release: string;
  readonly name: string;
  readonly title: string;
  readonly frame: SkyFrame;
  /** Orders of the coarsest and of the finest tiles. */
  readonly least: number;
  readonly order: number;
  /** Columns of a tile. */
  readonly width: number;
  readonly format: 'jpg' | 'png';
  /** Where to look first: degrees, ICRS; and the field, degrees. */
  readonly place: Place;
  readonly field: number;
  /** What it covers: cells by their order, nested; everything if it is not said. */
  readonly coverage?: Readonly<Record<string, readonly number[]>>;
}

/** A tile: its order and its number, nested. */
export type Tile = readonly [order: number, number: number, zero: 0];

const RADIAN = Math.PI / 180;

/** Answers which tiles there are. */
export class Survey {
  constructor(readonly data: SurveyData) {
    if (!data.coverage) {
      this._covered = null;
      return;
    }
    const covered = (this._covered = new Map<number, Set<number>>());
    const at = (order: number): Set<number> => {
      const found = covered.get(order) ?? new Set<number>();
      covered.set(order, found);
      return found;
    };
    for (const [text, cells] of Object.entries(data.coverage)) {
      const order = Number(text);
      for (const cell of cells) {
        for (let up = order, number = cell; up >= 0; up -= 1, number = Math.floor(number / 4)) {
          at(up).add(number);
        }
        this._whole.add(`${order}/${cell}`);
      }
    }
  }

  /** Whether something of a tile is covered. */
  covers(order: number, number: number): boolean {
    if (!this._covered || this._covered.get(order)?.has(number)) {
      return true;
    }
    for (let up = order - 1, cell = Math.floor(number / 4); up >= 0; up -= 1) {
      if (this._whole.has(`${up}/${cell}`)) {
        return true;
      }
      cell = Math.floor(cell / 4);
    }
    return false;
  }

  /** The tile of an order that a place (ICRS) is on. */
  at(place: Place, order: number): number {
    const [lon, lat] = inFrame(place, 'icrs', this.data.frame);
    return ang2pix_nest(order2nside(order), (90 - lat) * RADIAN, lon * RADIAN);
  }

  /** The direction (ICRS) of a place on a tile: from 0 to 1 to its north-east and north-west. */
  direction(order: number, number: number, east: number, west: number): Vector {
    const found = pixcoord2vec_nest(order2nside(order), number, east, west);
    return this.data.frame === 'icrs' ? found : toIcrs(found, this.data.frame);
  }

  private readonly _covered: Map<number, Set<number>> | null;
  private readonly _whole = new Set<string>();
}

function toIcrs(vector: Vector, frame: SkyFrame): Vector {
  const [lon, lat] = inFrame(toPlace(vector), frame, 'icrs');
  const [a, b] = [lon * RADIAN, lat * RADIAN];
  return [Math.cos(b) * Math.cos(a), Math.cos(b) * Math.sin(a), Math.sin(b)];
}
