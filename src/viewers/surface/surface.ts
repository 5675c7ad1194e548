/** What images and the sky have in common: places on screen, things drawn over them, tools. */

import type { ISignal } from '@lumino/signaling';

import type { Place } from '../celestial/sphere';
import type { Point } from '../image/geometry';

/** Where places are on the canvas, in CSS pixels; places on the sky are degrees, ICRS. */
export interface Placing {
  readonly size: Point;
  /** Where a pixel of the image is; nothing where there are no pixels. */
  pixel(place: Point): Point | null;
  /** Where a place on the sky is; nothing if it is out of sight, or nobody knows. */
  sky(place: Place): Point | null;
  /** The pixel of the image at a place of the canvas. */
  pixelAt(at: Point): Point | null;
  /** The place on the sky at a place of the canvas. */
  skyAt(at: Point): Place | null;
}

/** What is drawn over an image or the sky. */
export interface Overlay {
  draw(context: CanvasRenderingContext2D, at: Placing): void;
}

/** What the pointer does instead of moving what is looked at. Places are of the canvas. */
export interface Tool extends Overlay {
  /** How the cursor looks, as in CSS. */
  readonly cursor: string;
  /** A press of the main button; if it is not taken, it moves what is looked at. */
  down(at: Point, event: PointerEvent): boolean;
  /** The cursor is there, pressed or not. */
  move(at: Point, event: PointerEvent): void;
  /** The button was let go. */
  up(at: Point, event: PointerEvent): void;
  /** Twice in a row at one place; if it is not taken, it zooms. */
  again(at: Point): boolean;
  /** A key; if it is not taken, it does what it does without a tool. */
  key(event: KeyboardEvent): boolean;
  /** The tool is put away. */
  end(): void;
}

/** What overlays are for, from the lowest to the uppermost. */
export const LAYERS = [
  'planes',
  'coverage',
  'grid',
  'footprints',
  'cells',
  'catalogue',
  'regions',
  'compass'
] as const;

/** One of them. */
export type Layer = (typeof LAYERS)[number];

/** A picture with places: an image, or the sky. */
export interface Surface {
  readonly node: HTMLElement;
  /** Where places are now; nothing while there is no picture. */
  readonly placing: Placing | null;
  /** What is looked at, or what is known of it, changed. */
  readonly changed: ISignal<Surface, void>;
  /** A place of the canvas was clicked, and no tool took it. */
  readonly clicked: ISignal<Surface, Point>;
  /** The cursor is at a place of the canvas, or has left. */
  readonly pointed: ISignal<Surface, Point | null>;
  /** The tool in hand; without one the pointer moves what is looked at. */
  tool: Tool | null;
  /** Draw something over it, or no longer. */
  overlay(layer: Layer, overlay: Overlay | null): void;
  /** Places all over the part that is on screen; none if it has none. */
  extent(): readonly Place[];
  /** Show a place in the middle. */
  lookAt(place: Place): void;
  /** Draw it again, with the next frame. */
  redraw(): void;
}

/** Things drawn over a surface, each on its layer. */
export class Overlays {
  set(layer: Layer, overlay: Overlay | null): void {
    if (overlay) {
      this._overlays.set(layer, overlay);
    } else {
      this._overlays.delete(layer);
    }
  }

  draw(context: CanvasRenderingContext2D, at: Placing, tool: Tool | null): void {
    const drawn: (Overlay | null | undefined)[] = LAYERS.map(layer => this._overlays.get(layer));
    for (const overlay of [...drawn, tool]) {
      if (overlay) {
        context.save();
        overlay.draw(context, at);
        context.restore();
      }
    }
  }

  private readonly _overlays = new Map<Layer, Overlay>();
}
