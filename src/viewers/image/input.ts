/** Pointer, wheel and keys over an image. */

import { moved } from './geometry';
import type { Point, View } from './geometry';

/** A key's step of the screen. */
const STEP = 60;
/** Pixels that a click may move. */
const STILL = 4;
/** What the wheel and a key zoom by. */
const ZOOM = 1.25;

/** What happens. */
export interface ImageActions {
  view(): View | null;
  put(view: View): void;
  zoom(factor: number, at?: Point): void;
  showAll(): void;
  actual(): void;
  /** The cursor is at a place of the canvas, or nowhere. */
  point(at: Point | null): void;
  /** It was clicked, not dragged. */
  click(at: Point): void;
}

/** Listen to everything that moves an image. */
export function listen(canvas: HTMLCanvasElement, actions: ImageActions): void {
  let drag: Point | null = null;
  let begun: Point | null = null;
  const at = (event: MouseEvent): Point => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const move = (by: Point): void => {
    const view = actions.view();
    if (view) {
      actions.put(moved(view, by));
    }
  };
  canvas.addEventListener(
    'wheel',
    event => {
      event.preventDefault();
      actions.zoom(ZOOM ** (-event.deltaY / 100), at(event));
    },
    { passive: false }
  );
  canvas.addEventListener('pointerdown', event => {
    if (event.button === 0) {
      drag = begun = at(event);
      canvas.setPointerCapture(event.pointerId);
    }
  });
  canvas.addEventListener('pointermove', event => {
    const here = at(event);
    if (drag) {
      move([here[0] - drag[0], here[1] - drag[1]]);
      drag = here;
    }
    actions.point(here);
  });
  const end = (): void => {
    drag = null;
  };
  canvas.addEventListener('pointerup', event => {
    const here = at(event);
    if (drag && begun && Math.hypot(here[0] - begun[0], here[1] - begun[1]) < STILL) {
      actions.click(here);
    }
    end();
  });
  canvas.addEventListener('pointercancel', end);
  canvas.addEventListener('pointerleave', () => actions.point(null));
  canvas.addEventListener('dblclick', event => actions.zoom(2, at(event)));
  const keys: Readonly<Record<string, () => void>> = {
    '+': () => actions.zoom(ZOOM),
    '=': () => actions.zoom(ZOOM),
    '-': () => actions.zoom(1 / ZOOM),
    '0': () => actions.showAll(),
    '1': () => actions.actual(),
    ArrowLeft: () => move([STEP, 0]),
    ArrowRight: () => move([-STEP, 0]),
    ArrowUp: () => move([0, STEP]),
    ArrowDown: () => move([0, -STEP])
  };
  canvas.addEventListener('keydown', event => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (plain && event.key in keys) {
      event.preventDefault();
      event.stopPropagation();
      keys[event.key]();
    }
  });
}
