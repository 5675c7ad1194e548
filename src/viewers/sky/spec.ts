/** What a sky tab shows, as it is kept and shared. */

import type { SkyFrame } from '../celestial/frames';
import type { Place } from '../celestial/sphere';
import { PROJECTIONS } from './projection';
import type { SkyView } from './view';

/** All of it. */
export interface SkySpec {
  readonly version: 1;
  readonly view: SkyView;
  /** Release and name of the survey; not there before one is chosen, `null` for none. */
  readonly survey?: string | null;
  /** The result whose rows are drawn over it. */
  readonly catalogue?: string;
  /** Whose images' coverage is drawn: a release, or a release and a band. */
  readonly coverage?: string;
  /** Whether lines of coordinates are drawn. */
  readonly grid: boolean;
}

/** The whole sky. */
export const WHOLE: SkyView = {
  centre: [0, 0],
  field: 180,
  projection: 'SIN',
  frame: 'icrs'
};

/** A sky to begin with. */
export const BEGIN: SkySpec = { version: 1, view: WHOLE, grid: true };

const FRAMES: readonly SkyFrame[] = ['icrs', 'galactic', 'ecliptic'];

/** Read it back; nothing if it is none. */
export function parseSky(value: unknown): SkySpec | null {
  const given = value as Partial<SkySpec> | null;
  if (given?.version !== 1) {
    return null;
  }
  const view = (given.view ?? {}) as Partial<SkyView>;
  const projection = PROJECTIONS.find(([name]) => name === view.projection)?.[0];
  const frame = FRAMES.find(name => name === view.frame);
  return {
    version: 1,
    view: {
      centre: parsePlace(view.centre) ?? WHOLE.centre,
      field:
        typeof view.field === 'number' && view.field > 0 && view.field <= 360
          ? view.field
          : WHOLE.field,
      projection: projection ?? WHOLE.projection,
      frame: frame ?? 'icrs'
    },
    ...(typeof given.survey === 'string' || given.survey === null ? { survey: given.survey } : {}),
    ...(typeof given.catalogue === 'string' ? { catalogue: given.catalogue } : {}),
    ...(typeof given.coverage === 'string' ? { coverage: given.coverage } : {}),
    grid: given.grid !== false
  };
}

/** A place in degrees; nothing if it is none. */
export function parsePlace(value: unknown): Place | null {
  const [lon, lat] = Array.isArray(value) ? (value as unknown[]) : [];
  return typeof lon === 'number' && typeof lat === 'number' && lon >= 0 && Math.abs(lat) <= 90
    ? [lon % 360, lat]
    : null;
}
