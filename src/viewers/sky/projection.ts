/** Projections of the sphere onto a plane (FITS WCS paper II, Calabretta & Greisen 2002). */

import type { Point } from '../image/geometry';
import type { Vector } from '../celestial/sphere';

/** What it is called in FITS, and here. */
export const PROJECTIONS = [
  ['SIN', 'Globe'],
  ['ZEA', 'Equal area'],
  ['STG', 'Conformal'],
  ['TAN', 'Tangent plane'],
  ['AIT', 'Hammer-Aitoff']
] as const;

/** One of them. */
export type ProjectionName = (typeof PROJECTIONS)[number][0];

/** Leads from the sphere to the plane and back. The middle looks along x; y is east, z north. */
export interface Projection {
  /** Places of the plane, in radians near the middle: east and north; nothing if out of sight. */
  forward(vector: Vector): Point | null;
  backward(place: Point): Vector | null;
  /** Half of what there is of the plane, across and along. */
  readonly reach: Point;
  /** How far from the middle towards north there is sky, radians. */
  readonly most: number;
}

/** Radial projections: how far from the middle a direction is whose cosine is x, over its sine. */
function radial(
  factor: (x: number) => number,
  angle: (radius: number) => number,
  least: number,
  reach: number
): Projection {
  return {
    reach: [reach, reach],
    most: Math.min(Math.acos(least), Math.PI * 0.99),
    forward([x, y, z]) {
      if (x < least) {
        return null;
      }
      const by = factor(x);
      return [y * by, z * by];
    },
    backward([east, north]) {
      const radius = Math.hypot(east, north);
      if (radius === 0) {
        return [1, 0, 0];
      }
      const away = angle(radius);
      if (!(away <= Math.acos(Math.max(least, -1)) + 1e-9)) {
        return null;
      }
      const sine = Math.sin(away) / radius;
      return [Math.cos(away), east * sine, north * sine];
    }
  };
}

const AITOFF: Projection = {
  reach: [2 * Math.SQRT2, Math.SQRT2],
  most: Math.PI / 2,
  forward([x, y, z]) {
    const half = Math.atan2(y, x) / 2;
    const cosine = Math.sqrt(Math.max(1 - z * z, 0));
    const gamma = Math.sqrt(2 / (1 + cosine * Math.cos(half)));
    return [2 * gamma * cosine * Math.sin(half), gamma * z];
  },
  backward([east, north]) {
    const rest = 1 - (east / 4) ** 2 - (north / 2) ** 2;
    if (rest < 0.5) {
      return null;
    }
    const root = Math.sqrt(rest);
    const lon = 2 * Math.atan2(root * east, 2 * (2 * rest - 1));
    const z = north * root;
    const cosine = Math.sqrt(Math.max(1 - z * z, 0));
    return [cosine * Math.cos(lon), cosine * Math.sin(lon), z];
  }
};

/** All of them. */
export const PROJECTION: Readonly<Record<ProjectionName, Projection>> = {
  SIN: radial(
    () => 1,
    radius => (radius > 1 ? NaN : Math.asin(radius)),
    0,
    1
  ),
  ZEA: radial(
    x => Math.sqrt(2 / (1 + x)),
    radius => (radius > 2 ? NaN : 2 * Math.asin(radius / 2)),
    -0.9999,
    2
  ),
  STG: radial(
    x => 2 / (1 + x),
    radius => 2 * Math.atan(radius / 2),
    -0.7,
    4.76
  ),
  TAN: radial(x => 1 / x, Math.atan, 0.1, 10),
  AIT: AITOFF
};
