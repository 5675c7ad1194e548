/** Figures of the sky as conditions of ADQL. */

import { inFrame } from '../celestial/frames';
import type { SkyFrame } from '../celestial/frames';
import { onTangentPlane } from '../celestial/sphere';
import type { Place } from '../celestial/sphere';
import type { Region } from './region';

/** Corners that stand for an ellipse. */
const CORNERS = 48;
const RADIAN = Math.PI / 180;

/** Why a figure is no condition. */
export class NotSearchable extends Error {}

/**
 * The condition that a position is inside of figures: inside any that counts, and outside of
 * all that are left out.
 *
 * @param regions of the sky, with sizes in degrees
 * @param longitude the column of right ascensions (ICRS)
 * @param latitude the column of declinations
 * @returns nothing if no figure has an inside
 */
export function condition(
  regions: readonly Region[],
  longitude: string,
  latitude: string
): string | null {
  const position = `POINT(${longitude}, ${latitude})`;
  const inside = (one: Region): string[] =>
    shapes(one).map(shape => `CONTAINS(${position}, ${shape}) = 1`);
  const filled = regions.filter(hasInside);
  const taken = filled.filter(one => !one.excluded).map(one => hollow(one, inside(one)));
  const left = filled.filter(one => one.excluded).map(one => `NOT (${hollow(one, inside(one))})`);
  const either = taken.length > 1 ? `(${taken.join(' OR ')})` : taken;
  const parts = [...(taken.length ? [either].flat() : []), ...left];
  return parts.length > 0 ? parts.join(' AND ') : null;
}

/** Whether something can be inside of a figure. */
export function hasInside({ shape }: Region): boolean {
  return ['circle', 'annulus', 'ellipse', 'box', 'polygon'].includes(shape);
}

/** A ring is what is inside its outer circle and not inside its inner one. */
function hollow({ shape }: Region, [outer, inner]: readonly string[]): string {
  return shape === 'annulus' && inner ? `${outer} AND NOT (${inner})` : outer;
}

/** The figure in ADQL, of a ring both circles. */
function shapes(one: Region): string[] {
  if (one.frame === 'image' || !one.angular) {
    throw new NotSearchable('A figure in pixels has no place on the sky.');
  }
  const { frame } = one;
  const centre = toIcrs(one.points[0], frame);
  switch (one.shape) {
    case 'circle':
      return [circle(centre, one.sizes[0])];
    case 'annulus': {
      const radii = [Math.max(...one.sizes), Math.min(...one.sizes)];
      return radii.filter(radius => radius > 0).map(radius => circle(centre, radius));
    }
    case 'polygon':
      return [polygon(one.points.map(place => toIcrs(place, frame)))];
    default:
      return [polygon(outline(one).map(place => toIcrs(place, frame)))];
  }
}

/**
 * The corners of a box, or places around an ellipse, in the figure's own frame.
 *
 * The figure lies on the plane that touches the sky in its middle, as other programs draw it.
 */
export function outline(one: Region): Place[] {
  const [a, b] = [one.sizes[0], one.sizes[1]];
  const unit: (readonly [number, number])[] =
    one.shape === 'box'
      ? [
          [-0.5, -0.5],
          [0.5, -0.5],
          [0.5, 0.5],
          [-0.5, 0.5]
        ]
      : Array.from({ length: CORNERS }, (_, i) => {
          const turn = (2 * Math.PI * i) / CORNERS;
          return [Math.cos(turn), Math.sin(turn)] as const;
        });
  const [cosine, sine] = [Math.cos(one.angle * RADIAN), Math.sin(one.angle * RADIAN)];
  return unit.map(([x, y]) => {
    const right = x * a * cosine - y * b * sine;
    const up = x * a * sine + y * b * cosine;
    // With north up, east is left.
    return onTangentPlane(one.points[0], -right, up);
  });
}

function toIcrs(place: Place, frame: SkyFrame): Place {
  return inFrame(place, frame, 'icrs');
}

function circle([lon, lat]: Place, radius: number): string {
  return `CIRCLE(${text(lon)}, ${text(lat)}, ${text(radius)})`;
}

function polygon(places: readonly Place[]): string {
  return `POLYGON(${places.flatMap(place => place.map(text)).join(', ')})`;
}

function text(value: number): string {
  return String(Number(value.toFixed(8)));
}
