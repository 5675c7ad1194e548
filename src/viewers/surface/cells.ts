/** A map of HEALPix cells with values over the sky or an image. */

import { ang2pix_nest, corners_nest, order2nside } from '@hscmap/healpix';

import { toPlace } from '../celestial/sphere';
import type { Place } from '../celestial/sphere';
import { mapColours } from '../chart/colours';
import type { MapName } from '../chart/spec';
import type { Point } from '../image/geometry';
import type { Overlay, Placing } from './surface';

const RADIAN = Math.PI / 180;
/** Cells on screen that are drawn as such; more are drawn by blocks of the screen. */
const MOST = 6000;
/** Pixels of the screen along a block. */
const BLOCK = 3;
/** Steps of colour. */
const STEPS = 64;

/** Values of cells. */
export interface CellMap {
  readonly order: number;
  /** Nested numbers, and the rows that they are from. */
  readonly cells: Float64Array;
  readonly values: Float64Array;
  readonly rows: Int32Array;
}

/** The order of cells that are numbered up to one: the least there is. */
export function orderOf(most: number): number {
  let order = 0;
  while (12 * 4 ** order <= most && order < 13) {
    order += 1;
  }
  return order;
}

/** Colours of a map, from low to high, as CSS has them. */
export function paletteOf(name: MapName): readonly string[] {
  const colours = mapColours(name);
  return Array.from({ length: STEPS }, (_, i) => {
    const at = 3 * Math.round((255 * i) / (STEPS - 1));
    return `rgb(${colours[at]}, ${colours[at + 1]}, ${colours[at + 2]})`;
  });
}

/** Draws one map. */
export class Cells implements Overlay {
  constructor(readonly map: CellMap) {
    map.cells.forEach((cell, i) => this._places.set(cell, i));
    const sorted = map.values.filter(Number.isFinite).sort();
    const at = (part: number): number => sorted[Math.floor(part * (sorted.length - 1))] ?? 0;
    this.low = at(0.005);
    this.high = at(0.995);
  }

  /** Values of the first and the last colour. */
  low: number;
  high: number;
  colours: MapName = 'viridis';
  /** The cell that was picked: its number. */
  picked: number | null = null;

  /** The cell at a place, degrees, ICRS. */
  cellAt([lon, lat]: Place): number {
    return ang2pix_nest(order2nside(this.map.order), (90 - lat) * RADIAN, lon * RADIAN);
  }

  /** Where in the map a cell is; -1 if it has none. */
  indexOf(cell: number): number {
    return this._places.get(cell) ?? -1;
  }

  /** The corners of a cell: south, east, north, west. */
  corners(cell: number): readonly Place[] {
    return corners_nest(order2nside(this.map.order), cell).map(toPlace);
  }

  draw(context: CanvasRenderingContext2D, at: Placing): void {
    context.globalAlpha = 0.75;
    const palette = paletteOf(this.colours);
    const visible = this._visible(at);
    if (visible) {
      for (const index of visible) {
        this._fill(context, at, index, palette);
      }
    } else {
      this._blocks(context, at, palette);
    }
    context.globalAlpha = 1;
    if (this.picked !== null) {
      const ring = this.corners(this.picked).map(place => at.sky(place));
      if (ring.every(place => place !== null)) {
        context.beginPath();
        ring.forEach(place => context.lineTo(...place));
        context.closePath();
        context.lineWidth = 3;
        context.strokeStyle = '#f0e442';
        context.stroke();
      }
    }
  }

  /** Cells of the map that are on screen; nothing if they are too many. */
  private _visible(at: Placing): ReadonlySet<number> | null {
    const found = new Set<number>();
    const [width, height] = at.size;
    const corner = at.skyAt([width / 2, height / 2]);
    const beside = corner && at.skyAt([width / 2 + 1, height / 2]);
    if (!corner || !beside) {
      return found;
    }
    const pixel = Math.hypot(
      (((beside[0] - corner[0] + 540) % 360) - 180) * Math.cos(corner[1] * RADIAN),
      beside[1] - corner[1]
    );
    const side = 58.6 / 2 ** this.map.order / pixel;
    if ((width * height) / side ** 2 > MOST) {
      return null;
    }
    const step = Math.max(Math.min(side / 3, 40), 3);
    for (let y = 0; y <= height + step; y += step) {
      for (let x = 0; x <= width + step; x += step) {
        const place = at.skyAt([x, y]);
        const index = place ? this.indexOf(this.cellAt(place)) : -1;
        if (index >= 0) {
          found.add(index);
        }
      }
    }
    return found;
  }

  private _fill(
    context: CanvasRenderingContext2D,
    at: Placing,
    index: number,
    palette: readonly string[]
  ): void {
    const colour = this._colour(index, palette);
    const ring = this.corners(this.map.cells[index]).map(place => at.sky(place));
    if (!colour || !ring.every(place => place !== null)) {
      return;
    }
    context.beginPath();
    ring.forEach(place => context.lineTo(...place));
    context.closePath();
    context.fillStyle = context.strokeStyle = colour;
    context.fill();
    context.lineWidth = 0.6;
    context.stroke();
  }

  private _blocks(
    context: CanvasRenderingContext2D,
    at: Placing,
    palette: readonly string[]
  ): void {
    const [width, height] = at.size;
    for (let y = 0; y < height; y += BLOCK) {
      for (let x = 0; x < width; x += BLOCK) {
        const middle: Point = [x + BLOCK / 2, y + BLOCK / 2];
        const place = at.skyAt(middle);
        const index = place ? this.indexOf(this.cellAt(place)) : -1;
        const colour = index >= 0 ? this._colour(index, palette) : null;
        if (colour) {
          context.fillStyle = colour;
          context.fillRect(x, y, BLOCK, BLOCK);
        }
      }
    }
  }

  private _colour(index: number, palette: readonly string[]): string | null {
    const value = this.map.values[index];
    if (!Number.isFinite(value)) {
      return null;
    }
    const part = this.high > this.low ? (value - this.low) / (this.high - this.low) : 0.5;
    return palette[Math.round(Math.min(Math.max(part, 0), 1) * (STEPS - 1))];
  }

  private readonly _places = new Map<number, number>();
}
