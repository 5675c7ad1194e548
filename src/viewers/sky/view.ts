/** What part of the sky is on screen, and where. */

import { inFrame } from '../celestial/frames';
import type { SkyFrame } from '../celestial/frames';
import { toPlace, toVector } from '../celestial/sphere';
import type { Place, Vector } from '../celestial/sphere';
import type { Point } from '../image/geometry';
import { PROJECTION } from './projection';
import type { Projection, ProjectionName } from './projection';

/** What is looked at. */
export interface SkyView {
  /** The place in the middle, degrees, ICRS. */
  readonly centre: Place;
  /** Degrees of the sky along the shorter side of the screen. */
  readonly field: number;
  readonly projection: ProjectionName;
  /** Whose north is up. */
  readonly frame: SkyFrame;
}

const RADIAN = Math.PI / 180;
/** The smallest field: a tenth of an arcsecond. */
const LEAST = 0.1 / 3600;
/** How many degrees of field a view may have at most. */
const MOST = 360;

/** A view on a screen of a size: leads from places to the screen and back. */
export class SkyCamera {
  constructor(
    readonly view: SkyView,
    readonly size: Point
  ) {
    this._projection = PROJECTION[view.projection];
    const forward = toVector(view.centre);
    const pole = toVector(inFrame([0, 90], view.frame, 'icrs'));
    let east = cross(pole, forward);
    if (Math.hypot(...east) < 1e-9) {
      // At a pole, east is where longitudes grow.
      east = toVector(inFrame([90, 0], view.frame, 'icrs'));
    }
    east = scaled(east, 1 / Math.hypot(...east));
    this._axes = [forward, east, cross(forward, east)];
    this.scale = Math.min(...size) / extentOf(this._projection, view.field * RADIAN);
  }

  /** Pixels of the screen along a radian in the middle. */
  readonly scale: number;

  /** Where a place is on screen; nothing if it is out of sight. */
  screen(place: Place): Point | null {
    return this.project(toVector(place));
  }

  /** The same of a direction. */
  project(vector: Vector): Point | null {
    const [a, b, c] = this._axes;
    const at = this._projection.forward([dot(vector, a), dot(vector, b), dot(vector, c)]);
    return at && [this.size[0] / 2 - at[0] * this.scale, this.size[1] / 2 - at[1] * this.scale];
  }

  /** Whether places on screen, around a direction, are at both ends of a map of the whole sky. */
  torn(vector: Vector, places: readonly Point[]): boolean {
    const [across, along] = this.reach;
    const xs = places.map(one => one[0]);
    const ys = places.map(one => one[1]);
    const [left, right] = [Math.min(...xs), Math.max(...xs)];
    const middle = this.size[0] / 2;
    const behind = this.view.projection === 'AIT' && dot(vector, this._axes[0]) < 0;
    return (
      (behind && left < middle && right > middle) ||
      right - left > across * 0.9 ||
      Math.max(...ys) - Math.min(...ys) > along * 0.9
    );
  }

  /** The direction at a place of the screen; nothing where there is no sky. */
  direction([x, y]: Point): Vector | null {
    const [east, north] = [
      (this.size[0] / 2 - x) / this.scale,
      (this.size[1] / 2 - y) / this.scale
    ];
    const found = this._projection.backward([east, north]);
    if (!found) {
      return null;
    }
    const [a, b, c] = this._axes;
    return [0, 1, 2].map(
      i => found[0] * a[i] + found[1] * b[i] + found[2] * c[i]
    ) as unknown as Vector;
  }

  /** The place at a place of the screen. */
  place(at: Point): Place | null {
    const found = this.direction(at);
    return found && toPlace(found);
  }

  /** Half of the sky's picture on screen, across and along. */
  get reach(): Point {
    const [across, along] = this._projection.reach;
    return [across * this.scale, along * this.scale];
  }

  private readonly _projection: Projection;
  private readonly _axes: readonly [Vector, Vector, Vector];
}

/** Across the plane from one end of a field to the other. */
function extentOf(projection: Projection, field: number): number {
  const half = field / 2;
  const within = Math.min(half, projection.most);
  // Half a hair less than its end is on this side of it.
  const [, edge] = projection.forward([Math.cos(within) + 1e-15, 0, Math.sin(within)])!;
  // Beyond what a projection shows, the field grows evenly.
  return (2 * edge * half) / within;
}

/** The view with another field. */
export function withField(view: SkyView, field: number): SkyView {
  return { ...view, field: Math.min(Math.max(field, LEAST), MOST) };
}

/** Zoomed by a factor, with the place at a place of the screen staying there. */
export function zoomedAt(view: SkyView, size: Point, factor: number, at: Point): SkyView {
  const before = new SkyCamera(view, size).place(at);
  const next = withField(view, view.field / factor);
  return before ? dragged(next, size, before, at) : next;
}

/** Moved so that a place comes to a place of the screen; the frame's north stays up. */
export function dragged(view: SkyView, size: Point, place: Place, to: Point): SkyView {
  const { frame } = view;
  const wanted = inFrame(place, 'icrs', frame);
  let next = view;
  for (let step = 0; step < 5; step += 1) {
    const there = new SkyCamera(next, size).place(to);
    if (!there) {
      return next;
    }
    const [lon, lat] = inFrame(there, 'icrs', frame);
    const [x, y] = inFrame(next.centre, 'icrs', frame);
    const off = ((wanted[0] - lon + 540) % 360) - 180;
    const up = Math.min(Math.max(y + wanted[1] - lat, -90), 90);
    if (Math.abs(off) + Math.abs(wanted[1] - lat) < 1e-10) {
      return next;
    }
    next = { ...next, centre: inFrame([(x + off + 360) % 360, up], frame, 'icrs') };
  }
  return next;
}

/** Moved by pixels of the screen, from wherever. */
export function stepped(view: SkyView, size: Point, from: Point, to: Point): SkyView {
  const camera = new SkyCamera(view, size);
  const place = camera.place(from);
  if (place && camera.place(to)) {
    return dragged(view, size, place, to);
  }
  // Beside the globe, it turns as if it were under the hand.
  const turn = 1 / camera.scale / RADIAN;
  const [lon, lat] = inFrame(view.centre, 'icrs', view.frame);
  const up = Math.min(Math.max(lat + (to[1] - from[1]) * turn, -90), 90);
  const aside = lon + (to[0] - from[0]) * turn;
  return { ...view, centre: inFrame([(aside + 360) % 360, up], view.frame, 'icrs') };
}

function cross([a, b, c]: Vector, [d, e, f]: Vector): Vector {
  return [b * f - c * e, c * d - a * f, a * e - b * d];
}

function dot(a: Vector, b: Vector): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function scaled(a: Vector, by: number): Vector {
  return [a[0] * by, a[1] * by, a[2] * by];
}
