/** Coordinate frames of the sky. */

import { toPlace, toVector } from './sphere';
import type { Place, Vector } from './sphere';

/** A frame; ecliptic coordinates are those of the mean equinox J2000. */
export type SkyFrame = 'icrs' | 'galactic' | 'ecliptic';

type Matrix = readonly [Vector, Vector, Vector];

/** From ICRS to galactic: the Hipparcos catalogue, ESA SP-1200 volume 1, section 1.5.3. */
const GALACTIC: Matrix = [
  [-0.0548755604162154, -0.873437090234885, -0.4838350155487132],
  [0.4941094278755837, -0.4448296299600112, 0.746982244497219],
  [-0.8676661490190047, -0.1980763734312015, 0.4559837761750669]
];

/** The obliquity of the ecliptic at J2000: 84381.406″ (IAU 2006). */
const OBLIQUITY = ((84381.406 / 3600) * Math.PI) / 180;

const ECLIPTIC: Matrix = [
  [1, 0, 0],
  [0, Math.cos(OBLIQUITY), Math.sin(OBLIQUITY)],
  [0, -Math.sin(OBLIQUITY), Math.cos(OBLIQUITY)]
];

const FROM_ICRS: Readonly<Record<Exclude<SkyFrame, 'icrs'>, Matrix>> = {
  galactic: GALACTIC,
  ecliptic: ECLIPTIC
};

function turned(rows: Matrix, [x, y, z]: Vector): Vector {
  return rows.map(([a, b, c]) => a * x + b * y + c * z) as unknown as Vector;
}

function transposed(rows: Matrix): Matrix {
  return [0, 1, 2].map(i => rows.map(row => row[i])) as unknown as Matrix;
}

/** A place of one frame in another, to some ten milliarcseconds for ecliptic ones. */
export function inFrame(place: Place, from: SkyFrame, to: SkyFrame): Place {
  if (from === to) {
    return place;
  }
  let vector = toVector(place);
  if (from !== 'icrs') {
    vector = turned(transposed(FROM_ICRS[from]), vector);
  }
  return toPlace(to === 'icrs' ? vector : turned(FROM_ICRS[to], vector));
}
