/** Where the pixels of a shown image come from. */

import type { MeshData } from './sky';

/** Columns and rows of a tile. */
export const TILE = 512;

/** How pixels become colours. */
export interface Look {
  readonly stretch: string;
  /** `zscale`, `minmax`, a percentage, or two values. */
  readonly limits: string;
  readonly colors: string;
  readonly invert: boolean;
}

/** How an image is shown unless somebody says. */
export const STANDARD: Look = {
  stretch: 'asinh',
  limits: '99.95',
  colors: 'gray',
  invert: false
};

/** What there is of an image. */
export interface Outline {
  /** What the image is called: its type and band, or the name of its file. */
  readonly title?: string;
  readonly columns: number;
  readonly rows: number;
  readonly unit: string;
  readonly levels: readonly {
    readonly level: number;
    readonly columns: number;
    readonly rows: number;
  }[];
  /** Values of the darkest and of the brightest. */
  readonly low?: number;
  readonly high?: number;
  readonly sky?: MeshData;
}

/** An image of a file. */
export interface Part {
  readonly hdu: number;
  readonly name: string;
  readonly columns: number;
  readonly rows: number;
  readonly layers: number;
}

/** One part of a header. */
export interface HeaderPart {
  readonly index: number;
  readonly name: string;
  readonly cards: readonly {
    readonly keyword: string;
    readonly value?: string | number | boolean | null;
    readonly comment?: string;
  }[];
}

/** A place among tiles: version, column and row from the lower left. */
export type TilePlace = readonly [level: number, x: number, y: number];

/** Values of a tile, from the bottom up. */
export interface Numbers {
  readonly columns: number;
  readonly rows: number;
  readonly values: Float32Array;
}

/** One image. Every promise of it rejects with what went wrong. */
export interface ImageSource {
  readonly title: string;
  outline(plane: string, look: Look, signal: AbortSignal): Promise<Outline>;
  tile(plane: string, look: Look, place: TilePlace, signal: AbortSignal): Promise<ImageBitmap>;
  numbers(plane: string, place: TilePlace, signal: AbortSignal): Promise<Numbers>;
  parts(signal: AbortSignal): Promise<readonly Part[]>;
  header(signal: AbortSignal): Promise<readonly HeaderPart[]>;
}
