/** Footprints of rows, such as images, over the sky or an image. */

import { offset } from '../celestial/sphere';
import type { Place } from '../celestial/sphere';
import type { Point } from '../image/geometry';
import { contains } from '../ranges';
import type { Ranges } from '../ranges';
import type { Region } from '../regions/region';
import { insideRing } from '../regions/stcs';
import type { Overlay, Placing } from './surface';

/** Places around a circle. */
const AROUND = 48;

/** A row with what it covers. */
export interface Footprint {
  readonly row: number;
  readonly regions: readonly Region[];
}

/** Draws them; those selected and the one that is looked at stand out. */
export class Footprints implements Overlay {
  rows: readonly Footprint[] = [];
  selected: Ranges = [];
  highlight: number | null = null;

  draw(context: CanvasRenderingContext2D, at: Placing): void {
    this._shown = [];
    const [plain, chosen, looked] = [new Path2D(), new Path2D(), new Path2D()];
    for (const { row, regions } of this.rows) {
      const paths = [contains(this.selected, row) ? chosen : plain];
      if (row === this.highlight) {
        paths.push(looked);
      }
      for (const region of regions) {
        const ring = ringOf(region).map(place => at.sky(place));
        const places = ring.filter(place => place !== null);
        if (places.length !== ring.length || !touches(places, at.size)) {
          continue;
        }
        for (const path of paths) {
          places.forEach(([x, y], i) => (i === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
          path.closePath();
        }
        this._shown.push([places, row]);
      }
    }
    context.lineJoin = 'round';
    context.lineWidth = 1.2;
    context.strokeStyle = '#56b4e9';
    context.stroke(plain);
    context.fillStyle = 'rgba(230, 159, 0, 0.15)';
    context.fill(chosen);
    context.lineWidth = 2;
    context.strokeStyle = '#e69f00';
    context.stroke(chosen);
    context.lineWidth = 3;
    context.strokeStyle = '#f0e442';
    context.stroke(looked);
  }

  /** The row whose footprint is at a place of the screen: the smallest, and next time the next. */
  hit(at: Point, after: number | null): number | null {
    const found = this._shown
      .filter(([ring]) => insideRing(at, ring))
      .sort((a, b) => area(a[0]) - area(b[0]))
      .map(([, row]) => row);
    const last = after === null ? -1 : found.indexOf(after);
    return found[(last + 1) % found.length] ?? null;
  }

  private _shown: (readonly [readonly Point[], number])[] = [];
}

function ringOf({ shape, points, sizes }: Region): readonly Place[] {
  return shape === 'circle'
    ? Array.from({ length: AROUND }, (_, i) => offset(points[0], sizes[0], (360 * i) / AROUND))
    : points;
}

function touches(ring: readonly Point[], [width, height]: Point): boolean {
  const xs = ring.map(one => one[0]);
  const ys = ring.map(one => one[1]);
  return (
    Math.max(...xs) >= 0 &&
    Math.min(...xs) <= width &&
    Math.max(...ys) >= 0 &&
    Math.min(...ys) <= height
  );
}

function area(ring: readonly Point[]): number {
  return Math.abs(
    ring.reduce((sum, [x, y], i) => {
      const [u, v] = ring[(i + 1) % ring.length];
      return sum + x * v - u * y;
    }, 0)
  );
}
