/** Figures on the sky or on an image. */

import type { SkyFrame } from '../celestial/frames';

/** What a figure is; its points and sizes are in this order. */
export type Shape =
  /** A centre; a radius. */
  | 'circle'
  /** A centre; two or more radii. */
  | 'annulus'
  /** A centre; half axes along and across its angle. */
  | 'ellipse'
  /** A centre; width along and height across its angle. */
  | 'box'
  /** Three or more corners. */
  | 'polygon'
  /** Two ends. */
  | 'line'
  /** A beginning; a length along its angle. */
  | 'vector'
  /** A place. */
  | 'point'
  /** A place, where the text stands. */
  | 'text';

/** Frames of points: of the sky, or pixels of which the middle of the first is 1, 1. */
export type RegionFrame = SkyFrame | 'image';

/** How a figure is drawn; what is missing is as everywhere. */
export interface RegionStyle {
  readonly color?: string;
  readonly width?: number;
  readonly dash?: boolean;
  readonly fill?: boolean;
  /** The symbol of a point. */
  readonly symbol?: PointSymbol;
  /** Its size in screen pixels. */
  readonly size?: number;
}

/** Symbols of points. */
export type PointSymbol = 'circle' | 'box' | 'diamond' | 'cross' | 'x' | 'arrow' | 'boxcircle';

/** A figure. */
export interface Region {
  readonly shape: Shape;
  readonly frame: RegionFrame;
  /** Longitudes and latitudes in degrees, or pixels. */
  readonly points: readonly (readonly [number, number])[];
  /** Degrees, or pixels. */
  readonly sizes: readonly number[];
  /** Whether sizes are degrees of the sky. */
  readonly angular: boolean;
  /** Degrees from the first axis of an image with north up, against the clock. */
  readonly angle: number;
  /** Whether what is inside is left out. */
  readonly excluded: boolean;
  readonly text: string;
  readonly tags: readonly string[];
  readonly style: RegionStyle;
}

/** A figure with what is not given as usual. */
export function region(
  shape: Shape,
  frame: RegionFrame,
  points: readonly (readonly [number, number])[],
  sizes: readonly number[] = [],
  more: Partial<Region> = {}
): Region {
  return {
    shape,
    frame,
    points,
    sizes,
    angular: frame !== 'image',
    angle: 0,
    excluded: false,
    text: '',
    tags: [],
    style: {},
    ...more
  };
}
