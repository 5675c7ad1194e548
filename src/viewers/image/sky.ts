/** Where on the sky the pixels of an image are, by places that the server looked up. */

import { toPlace, toVector } from '../celestial/sphere';
import type { Place, Vector } from '../celestial/sphere';
import type { Point, Turn } from './geometry';

/** Places of a mesh over an image, from edge to edge, row after row from the bottom. */
export interface MeshData {
  readonly across: number;
  readonly down: number;
  /** Right ascension and declination of each, degrees, ICRS. */
  readonly places: readonly number[];
}

/** The sky over an image. */
export class SkyMesh {
  constructor(
    private readonly _data: MeshData,
    private readonly _columns: number,
    private readonly _rows: number
  ) {
    this._vectors = Array.from({ length: _data.across * _data.down }, (_, i) =>
      toVector([_data.places[2 * i], _data.places[2 * i + 1]])
    );
  }

  /** The place on the sky of a place of the image; beyond its edges as if it went on. */
  place([x, y]: Point): Place {
    return toPlace(this._vector(x, y));
  }

  /** The place of the image where a place on the sky is; nothing if it is far outside. */
  pixel(place: Place): Point | null {
    const wanted = toVector(place);
    let [x, y] = [(this._columns - 1) / 2, (this._rows - 1) / 2];
    for (let step = 0; step < 30; step += 1) {
      const here = this._vector(x, y);
      const [right, up] = [this._vector(x + 1, y), this._vector(x, y + 1)];
      const off = minus(wanted, here);
      const [a, b] = [minus(right, here), minus(up, here)];
      const [aa, ab, bb] = [dot(a, a), dot(a, b), dot(b, b)];
      const area = aa * bb - ab * ab;
      if (!(area > 0)) {
        return null;
      }
      const [oa, ob] = [dot(off, a), dot(off, b)];
      const [dx, dy] = [(bb * oa - ab * ob) / area, (aa * ob - ab * oa) / area];
      x += dx;
      y += dy;
      if (!Number.isFinite(x + y) || Math.hypot(x, y) > 100 * (this._columns + this._rows)) {
        return null;
      }
      if (Math.hypot(dx, dy) < 1e-4) {
        return [x, y];
      }
    }
    return null;
  }

  /** How an image lies with north up and east to the left. */
  northUp(): Turn {
    const middle: Point = [(this._columns - 1) / 2, (this._rows - 1) / 2];
    const [lon, lat] = this.place(middle);
    const step = 1e-5;
    const north = this.pixel([lon, lat + step]);
    const east = this.pixel([lon + step / Math.max(Math.cos((lat * Math.PI) / 180), 1e-6), lat]);
    if (!north || !east) {
      return [1, 0, 0, -1];
    }
    const [nx, ny] = [north[0] - middle[0], north[1] - middle[1]];
    const [ex, ey] = [east[0] - middle[0], east[1] - middle[1]];
    const size = Math.hypot(nx, ny);
    const mirrored = ex * ny - ey * nx > 0;
    // North is up on screen; east is left, whichever way the image has it.
    const [ux, uy] = [nx / size, ny / size];
    const [wx, wy] = mirrored ? [-uy, ux] : [uy, -ux];
    return [wx, -ux, wy, -uy];
  }

  private _vector(x: number, y: number): Vector {
    const { across, down } = this._data;
    const u = ((x + 0.5) / this._columns) * (across - 1);
    const v = ((y + 0.5) / this._rows) * (down - 1);
    const i = Math.min(Math.max(Math.floor(u), 0), across - 2);
    const j = Math.min(Math.max(Math.floor(v), 0), down - 2);
    const [s, t] = [u - i, v - j];
    const at = (di: number, dj: number): Vector => this._vectors[(j + dj) * across + i + di];
    const parts: readonly (readonly [number, Vector])[] = [
      [(1 - s) * (1 - t), at(0, 0)],
      [s * (1 - t), at(1, 0)],
      [(1 - s) * t, at(0, 1)],
      [s * t, at(1, 1)]
    ];
    const sum = [0, 1, 2].map(k => parts.reduce((all, [weight, one]) => all + weight * one[k], 0));
    const length = Math.hypot(...sum);
    return sum.map(one => one / length) as unknown as Vector;
  }

  private readonly _vectors: readonly Vector[];
}

function minus(a: Vector, b: Vector): Vector {
  return [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}
