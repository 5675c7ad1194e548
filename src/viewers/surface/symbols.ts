/** Rows of a catalogue as symbols over an image or the sky. */

import { contains } from '../ranges';
import type { Ranges } from '../ranges';
import type { Point } from '../image/geometry';
import type { Overlay, Placing } from './surface';

/** Pixels of the screen: a symbol's radius, and how near a click must be. */
const RADIUS = 7;
const REACH = 10;

/** Rows and where they are, degrees, ICRS. */
export interface CatalogueRows {
  readonly rows: Int32Array;
  readonly ra: Float64Array;
  readonly dec: Float64Array;
}

/** Draws them; those that are selected and the one that is looked at stand out. */
export class Catalogue implements Overlay {
  rows: CatalogueRows = {
    rows: new Int32Array(),
    ra: new Float64Array(),
    dec: new Float64Array()
  };
  selected: Ranges = [];
  highlight: number | null = null;

  draw(context: CanvasRenderingContext2D, at: Placing): void {
    const { rows, ra, dec } = this.rows;
    this._places = [];
    const plain = new Path2D();
    const chosen = new Path2D();
    const looked = new Path2D();
    for (let i = 0; i < rows.length; i += 1) {
      const place = at.sky([ra[i], dec[i]]);
      if (!place || !near(place, at.size)) {
        continue;
      }
      const [x, y] = place;
      this._places.push([x, y, rows[i]]);
      const path = contains(this.selected, rows[i]) ? chosen : plain;
      path.moveTo(x + RADIUS, y);
      path.arc(x, y, RADIUS, 0, 2 * Math.PI);
      if (rows[i] === this.highlight) {
        looked.rect(x - RADIUS - 4, y - RADIUS - 4, 2 * RADIUS + 8, 2 * RADIUS + 8);
      }
    }
    context.lineWidth = 1.5;
    // Blue and orange are told apart by everybody.
    context.strokeStyle = '#56b4e9';
    context.stroke(plain);
    context.lineWidth = 2.5;
    context.strokeStyle = '#e69f00';
    context.stroke(chosen);
    context.lineWidth = 2;
    context.strokeStyle = '#f0e442';
    context.stroke(looked);
  }

  /** Symbols that are on screen. */
  get shown(): number {
    return this._places.length;
  }

  /** The row whose symbol is at a place of the screen. */
  hit([x, y]: Point): number | null {
    let best: number | null = null;
    let least = REACH + RADIUS;
    for (const [px, py, row] of this._places) {
      const away = Math.hypot(px - x, py - y);
      if (away < least) {
        [best, least] = [row, away];
      }
    }
    return best;
  }

  private _places: (readonly [number, number, number])[] = [];
}

function near([x, y]: Point, [width, height]: Point): boolean {
  return x > -RADIUS && y > -RADIUS && x < width + RADIUS && y < height + RADIUS;
}

/** A part of the sky between meridians and parallels that holds places: ra0, ra1, dec0, dec1. */
export function around(
  places: readonly (readonly [number, number])[]
): readonly [number, number, number, number] {
  const lats = places.map(place => place[1]);
  const [low, high] = [Math.min(...lats), Math.max(...lats)];
  const first = places[0][0];
  const off = places.map(([lon]) => ((lon - first + 540) % 360) - 180);
  const [west, east] = [first + Math.min(...off), first + Math.max(...off)];
  // Around a pole, or over the meridian 0, all longitudes count: others are sorted out on screen.
  const all = east - west > 90 || west < 0 || east > 360 || Math.max(-low, high) > 88;
  const rim = Math.max(high - low, 1e-4) * 0.25;
  const wide = rim / Math.max(Math.cos((Math.max(-low, high) * Math.PI) / 180), 0.02);
  // Whatever has places all around a pole has the pole as well.
  const poled = east - west > 90;
  const south = poled && low < -60 ? -90 : Math.max(low - rim, -90);
  const north = poled && high > 60 ? 90 : Math.min(high + rim, 90);
  return all ? [0, 360, south, north] : [west - wide, east + wide, south, north];
}
