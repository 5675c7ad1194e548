/** North and east, and how long a stretch of the sky is. */

import { angleText } from '../celestial/angles';
import { offset, separation } from '../celestial/sphere';
import type { Place } from '../celestial/sphere';
import type { Point } from '../image/geometry';
import type { Overlay, Placing } from './surface';

/** Pixels of the screen from the corner, and of an arrow. */
const MARGIN = 24;
const ARROW = 34;
/** Lengths of a scale bar: arcseconds. */
const LENGTHS = [
  0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1800, 3600, 7200, 18000, 36000, 72000,
  180000
];
/** Pixels of the screen that a scale bar has at most. */
const LONGEST = 140;

/** Draws a compass and a scale bar. */
export class Compass implements Overlay {
  draw(context: CanvasRenderingContext2D, at: Placing): void {
    const centre: Point = [at.size[0] / 2, at.size[1] / 2];
    const middle = at.skyAt(centre);
    const pixel = middle && pixelSize(at, centre, middle);
    if (!middle || !pixel) {
      return;
    }
    const step = Math.min(pixel * 10, 1);
    const [here, north, east] = [
      at.sky(middle),
      at.sky(offset(middle, step, 0)),
      at.sky(offset(middle, step, 90))
    ];
    if (!here || !north || !east) {
      return;
    }
    const [width, height] = at.size;
    context.font = '11px sans-serif';
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    const corner: Point = [width - MARGIN - ARROW, height - MARGIN - ARROW];
    this._arrow(context, corner, [north[0] - here[0], north[1] - here[1]], 'N');
    this._arrow(context, corner, [east[0] - here[0], east[1] - here[1]], 'E');
    this._bar(context, [MARGIN, height - MARGIN], pixel);
  }

  private _arrow(
    context: CanvasRenderingContext2D,
    [x, y]: Point,
    [dx, dy]: Point,
    text: string
  ): void {
    const length = Math.hypot(dx, dy);
    const [ux, uy] = [dx / length, dy / length];
    const path = new Path2D();
    path.moveTo(x, y);
    path.lineTo(x + ux * ARROW, y + uy * ARROW);
    stroke(context, path);
    write(context, text, x + ux * (ARROW + 10), y + uy * (ARROW + 10));
  }

  private _bar(context: CanvasRenderingContext2D, [x, y]: Point, pixel: number): void {
    const wanted = LENGTHS.filter(one => one / 3600 / pixel <= LONGEST);
    const length = (wanted[wanted.length - 1] ?? LENGTHS[0]) / 3600;
    const long = length / pixel;
    if (!Number.isFinite(long) || long < 4) {
      return;
    }
    const path = new Path2D();
    path.moveTo(x, y - 4);
    path.lineTo(x, y);
    path.lineTo(x + long, y);
    path.lineTo(x + long, y - 4);
    stroke(context, path);
    write(context, angleText(length), x + long / 2, y - 10);
  }
}

/** Degrees of the sky along a pixel of the screen, at a place of it. */
export function pixelSize(at: Placing, [x, y]: Point, here: Place): number | null {
  const beside = at.skyAt([x + 1, y]);
  return beside && separation(here, beside);
}

/** A line that shows on anything. */
export function stroke(context: CanvasRenderingContext2D, path: Path2D, color = '#ffffff'): void {
  context.lineWidth = 3.5;
  context.strokeStyle = 'rgba(0, 0, 0, 0.7)';
  context.stroke(path);
  context.lineWidth = 1.5;
  context.strokeStyle = color;
  context.stroke(path);
}

/** A text that shows on anything. */
export function write(
  context: CanvasRenderingContext2D,
  text: string,
  x: number,
  y: number,
  color = '#ffffff'
): void {
  context.lineWidth = 3;
  context.strokeStyle = 'rgba(0, 0, 0, 0.7)';
  context.strokeText(text, x, y);
  context.fillStyle = color;
  context.fillText(text, x, y);
}
