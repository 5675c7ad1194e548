/** Figures, as of a region file, over an image or the sky. */

import { inFrame } from '../celestial/frames';
import { offset, onTangentPlane } from '../celestial/sphere';
import { outline } from '../regions/query';
import type { Region } from '../regions/region';
import { stroke, write } from './compass';
import type { Point } from '../image/geometry';
import type { Overlay, Placing } from './surface';

/** Places around a circle. */
const AROUND = 64;
const GREEN = '#00ff00';

/** Draws figures of the sky and of pixels. */
export class RegionOverlay implements Overlay {
  constructor(private readonly _regions: readonly Region[]) {}

  draw(context: CanvasRenderingContext2D, at: Placing): void {
    context.font = '12px sans-serif';
    context.textAlign = 'center';
    context.textBaseline = 'bottom';
    for (const region of this._regions) {
      this._one(context, at, region);
    }
  }

  private _one(context: CanvasRenderingContext2D, at: Placing, region: Region): void {
    const color = region.style.color ?? GREEN;
    context.setLineDash(region.style.dash || region.excluded ? [6, 4] : []);
    const rings = ringsOf(region).flatMap(ring => {
      const places = ring.map(place => toScreen(at, region, place));
      const known = places.filter(place => place !== null);
      return known.length === places.length ? [known] : [];
    });
    const path = new Path2D();
    for (const ring of rings) {
      ring.forEach(([x, y], i) => (i === 0 ? path.moveTo(x, y) : path.lineTo(x, y)));
      if (isClosed(region)) {
        path.closePath();
      }
    }
    stroke(context, path, color);
    context.setLineDash([]);
    const anchor = toScreen(at, region, region.points[0]);
    if (region.shape === 'point' && anchor) {
      symbol(context, anchor, region, color);
    }
    if (region.text && anchor) {
      const top = Math.min(anchor[1], ...rings.flat().map(place => place[1]));
      write(context, region.text, anchor[0], top - 4, color);
    }
  }
}

function isClosed({ shape }: Region): boolean {
  return shape !== 'line' && shape !== 'vector';
}

/** Lines of a figure in its own frame. */
function ringsOf(region: Region): (readonly (readonly [number, number])[])[] {
  const { points, shape, sizes } = region;
  const around = (radius: number): (readonly [number, number])[] =>
    Array.from({ length: AROUND }, (_, i) => {
      const turn = (360 * i) / AROUND;
      return step(region, points[0], radius, turn);
    });
  switch (shape) {
    case 'circle':
    case 'annulus':
      return sizes.map(around);
    case 'ellipse':
    case 'box':
      return [region.angular && region.frame !== 'image' ? outline(region) : flat(region)];
    case 'polygon':
    case 'line':
      return [points];
    case 'vector': {
      // From west over north on the sky, as other programs have it.
      const turn = region.frame === 'image' ? region.angle : region.angle - 90;
      return [[points[0], step(region, points[0], sizes[0], turn)]];
    }
    default:
      return [];
  }
}

/** A place at a distance: on the sky from north over east, on an image against the clock. */
function step(
  { angular, frame }: Region,
  from: readonly [number, number],
  distance: number,
  turn: number
): readonly [number, number] {
  if (frame !== 'image' && angular) {
    return offset(from, distance, turn);
  }
  const angle = (turn * Math.PI) / 180;
  return [from[0] + distance * Math.cos(angle), from[1] + distance * Math.sin(angle)];
}

/** A box or an ellipse among pixels. */
function flat(region: Region): readonly (readonly [number, number])[] {
  const [x, y] = region.points[0];
  // The same figure on a plane that touches a sky, whose pixels are so small that it is flat.
  const tiny = 1e-6;
  const there = outline({
    ...region,
    points: [[0, 0]],
    sizes: region.sizes.map(size => size * tiny)
  });
  const [, unit] = onTangentPlane([0, 0], 0, tiny);
  return there.map(([lon, lat]) => {
    const east = lon > 180 ? lon - 360 : lon;
    return [x - east / unit, y + lat / unit] as const;
  });
}

function toScreen(at: Placing, { frame }: Region, place: readonly [number, number]): Point | null {
  if (frame === 'image') {
    // The middle of the first pixel is 1, 1 in such files.
    return at.pixel([place[0] - 1, place[1] - 1]);
  }
  return at.sky(inFrame(place, frame, 'icrs'));
}

function symbol(
  context: CanvasRenderingContext2D,
  [x, y]: Point,
  { style }: Region,
  color: string
): void {
  const size = (style.size ?? 11) / 2;
  const path = new Path2D();
  const kind = style.symbol ?? 'boxcircle';
  if (kind.includes('circle')) {
    path.moveTo(x + size, y);
    path.arc(x, y, size, 0, 2 * Math.PI);
  }
  if (kind.startsWith('box')) {
    path.rect(x - size, y - size, 2 * size, 2 * size);
  }
  if (kind === 'diamond') {
    path.moveTo(x, y - size);
    path.lineTo(x + size, y);
    path.lineTo(x, y + size);
    path.lineTo(x - size, y);
    path.closePath();
  }
  if (kind === 'cross' || kind === 'arrow') {
    path.moveTo(x - size, y);
    path.lineTo(x + size, y);
    path.moveTo(x, y - size);
    path.lineTo(x, y + size);
  }
  if (kind === 'x') {
    path.moveTo(x - size, y - size);
    path.lineTo(x + size, y + size);
    path.moveTo(x + size, y - size);
    path.lineTo(x - size, y + size);
  }
  stroke(context, path, color);
}
