/** What part of an image is on screen, and where. */

/** A place: on an image in pixels, the middle of the first being 0, 0 and y upwards; or on screen. */
export type Point = readonly [number, number];

/** How an image lies: what a step along its axes is on screen, without its size. */
export type Turn = readonly [xx: number, xy: number, yx: number, yy: number];

/** As it is in the file: x to the right, y upwards. */
export const UPRIGHT: Turn = [1, 0, 0, -1];

/** What is looked at. */
export interface View {
  /** The place of the image in the middle of the screen. */
  readonly centre: Point;
  /** Pixels of the screen along one of the image. */
  readonly scale: number;
  readonly turn: Turn;
}

/** Smallest and largest scale. */
const LEAST = 1 / 256;
const MOST = 64;

/** Where a place of the image is on a screen of a size. */
export function toScreen(view: View, [width, height]: Point, [x, y]: Point): Point {
  const [xx, xy, yx, yy] = view.turn;
  const [dx, dy] = [(x - view.centre[0]) * view.scale, (y - view.centre[1]) * view.scale];
  return [width / 2 + xx * dx + yx * dy, height / 2 + xy * dx + yy * dy];
}

/** Which place of the image is at a place of the screen. */
export function toImage(view: View, [width, height]: Point, [sx, sy]: Point): Point {
  const [xx, xy, yx, yy] = view.turn;
  const [dx, dy] = [sx - width / 2, sy - height / 2];
  const area = (xx * yy - xy * yx) * view.scale;
  return [view.centre[0] + (yy * dx - yx * dy) / area, view.centre[1] + (xx * dy - xy * dx) / area];
}

/** All of an image. */
export function fitted(columns: number, rows: number, [width, height]: Point, turn: Turn): View {
  const [xx, xy, yx, yy] = turn.map(Math.abs);
  const across = xx * columns + yx * rows;
  const along = xy * columns + yy * rows;
  const scale = Math.min(width / across, height / along);
  return { centre: [(columns - 1) / 2, (rows - 1) / 2], scale: clamped(scale), turn };
}

/** Zoomed by a factor, with the place at a place of the screen staying there. */
export function zoomed(view: View, size: Point, factor: number, at: Point): View {
  const place = toImage(view, size, at);
  const next = { ...view, scale: clamped(view.scale * factor) };
  const now = toImage(next, size, at);
  return {
    ...next,
    centre: [next.centre[0] + place[0] - now[0], next.centre[1] + place[1] - now[1]]
  };
}

/** Moved by pixels of the screen: what was at the place goes there. */
export function moved(view: View, [dx, dy]: Point): View {
  const [x, y] = toImage(view, [0, 0], [-dx, -dy]);
  return { ...view, centre: [x, y] };
}

/** The smallest version whose pixels are no larger than those of the screen. */
export function levelFor(view: View, pixelRatio: number, depth: number): number {
  const level = Math.floor(Math.log2(1 / (view.scale * pixelRatio)) + 0.25);
  return Math.min(Math.max(level, 0), depth);
}

/** The least and the greatest place of the image that may be on screen: x0, y0, x1, y1. */
export function shown(view: View, size: Point): readonly [number, number, number, number] {
  const corners = [[0, 0], [size[0], 0], [0, size[1]], size].map(corner =>
    toImage(view, size, corner as Point)
  );
  const xs = corners.map(corner => corner[0]);
  const ys = corners.map(corner => corner[1]);
  return [Math.min(...xs), Math.min(...ys), Math.max(...xs), Math.max(...ys)];
}

function clamped(scale: number): number {
  return Math.min(Math.max(scale, LEAST), MOST);
}
