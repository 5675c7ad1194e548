/** Places and distances on the sphere; all angles are degrees. */

/** Longitude and latitude. */
export type Place = readonly [number, number];

/** A direction: x to longitude 0, y to longitude 90°, z to the pole. */
export type Vector = readonly [number, number, number];

const RADIAN = Math.PI / 180;

/** The direction of a place. */
export function toVector([longitude, latitude]: Place): Vector {
  const [lon, lat] = [longitude * RADIAN, latitude * RADIAN];
  return [Math.cos(lat) * Math.cos(lon), Math.cos(lat) * Math.sin(lon), Math.sin(lat)];
}

/** The place of a direction of any length; its longitude is from 0 to 360. */
export function toPlace([x, y, z]: Vector): Place {
  const longitude = Math.atan2(y, x) / RADIAN;
  return [(longitude + 360) % 360, Math.atan2(z, Math.hypot(x, y)) / RADIAN];
}

/** The distance of two places, exact for near and for opposite ones (Vincenty's formula). */
export function separation(a: Place, b: Place): number {
  const [x, y, z] = toVector(a);
  const [u, v, w] = toVector(b);
  const cross = Math.hypot(y * w - z * v, z * u - x * w, x * v - y * u);
  return Math.atan2(cross, x * u + y * v + z * w) / RADIAN;
}

/** The direction from one place to another: 0 is north, 90 is east, up to 360. */
export function positionAngle(from: Place, to: Place): number {
  const difference = (to[0] - from[0]) * RADIAN;
  const [here, there] = [from[1] * RADIAN, to[1] * RADIAN];
  const east = Math.sin(difference) * Math.cos(there);
  const north =
    Math.cos(here) * Math.sin(there) - Math.sin(here) * Math.cos(there) * Math.cos(difference);
  return (Math.atan2(east, north) / RADIAN + 360) % 360;
}

/** The place at a distance in a direction, as of `positionAngle`. */
export function offset(from: Place, distance: number, angle: number): Place {
  const [lat, away, turn] = [from[1] * RADIAN, distance * RADIAN, angle * RADIAN];
  const sine = Math.sin(lat) * Math.cos(away) + Math.cos(lat) * Math.sin(away) * Math.cos(turn);
  const east = Math.sin(away) * Math.sin(turn);
  const north = Math.cos(lat) * Math.cos(away) - Math.sin(lat) * Math.sin(away) * Math.cos(turn);
  const longitude = from[0] + Math.atan2(east, north) / RADIAN;
  const latitude = Math.atan2(sine, Math.hypot(east, north)) / RADIAN;
  return [((longitude % 360) + 360) % 360, latitude];
}

/** The place that is so far east and north of another on the plane that touches the sky there. */
export function onTangentPlane(centre: Place, east: number, north: number): Place {
  const [lon, lat] = [centre[0] * RADIAN, centre[1] * RADIAN];
  const [x, y] = [east * RADIAN, north * RADIAN];
  const below = Math.cos(lat) - y * Math.sin(lat);
  const longitude = lon + Math.atan2(x, below);
  const latitude = Math.atan2(Math.sin(lat) + y * Math.cos(lat), Math.hypot(x, below));
  return [(((longitude / RADIAN) % 360) + 360) % 360, latitude / RADIAN];
}
