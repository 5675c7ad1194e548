/** Coverage maps (IVOA MOC 2.0) over the sky or an image. */

import { corners_nest, order2nside } from '@hscmap/healpix';

import { toPlace } from '../celestial/sphere';
import type { Overlay, Placing } from './surface';

/** Cells that are drawn; of more, the larger ones are. */
const MOST = 20_000;

/** Cells by their order, nested. */
export type CoverageData = Readonly<Record<string, readonly number[]>>;

/** Draws one map. */
export class Coverage implements Overlay {
  constructor(
    data: CoverageData,
    private readonly _colour = '#2bc59b'
  ) {
    const cells = Object.entries(data)
      .map(([order, numbers]) => [Number(order), numbers] as const)
      .sort((a, b) => a[0] - b[0])
      .flatMap(([order, numbers]) => numbers.map(number => [order, number] as const));
    this.count = cells.length;
    this._corners = cells
      .slice(0, MOST)
      .map(([order, number]) => corners_nest(order2nside(order), number).map(toPlace));
  }

  /** Cells of the map. */
  readonly count: number;

  draw(context: CanvasRenderingContext2D, at: Placing): void {
    const [width, height] = at.size;
    const path = new Path2D();
    for (const corners of this._corners) {
      const ring = corners.map(place => at.sky(place));
      if (!ring.every(place => place !== null)) {
        continue;
      }
      const xs = ring.map(place => place[0]);
      const ys = ring.map(place => place[1]);
      const [left, right] = [Math.min(...xs), Math.max(...xs)];
      const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
      if (right < 0 || left > width || bottom < 0 || top > height) {
        continue;
      }
      // What is smaller than a pixel is one.
      if (right - left < 2 && bottom - top < 2) {
        path.rect((left + right) / 2 - 1, (top + bottom) / 2 - 1, 2, 2);
        continue;
      }
      ring.forEach(([x, y], i) => (i === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
      path.closePath();
    }
    context.globalAlpha = 0.3;
    context.fillStyle = this._colour;
    context.fill(path);
    context.globalAlpha = 0.8;
    context.lineWidth = 0.8;
    context.strokeStyle = this._colour;
    context.stroke(path);
  }

  private readonly _corners: readonly (readonly (readonly [number, number])[])[];
}
