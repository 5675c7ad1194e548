/** Pointer, wheel and keys over an image or the sky. */

import type { Point } from '../image/geometry';
import type { Tool } from './surface';

/** A key's step of the screen. */
const STEP = 60;
/** Pixels that a click may move. */
const STILL = 4;
/** What the wheel and a key zoom by. */
const ZOOM = 1.25;

/** What happens. Places are of the canvas. */
export interface SurfaceActions {
  tool(): Tool | null;
  /** What is looked at goes with the pointer. */
  move(from: Point, to: Point): void;
  zoom(factor: number, at?: Point): void;
  showAll(): void;
  actual?(): void;
  /** The cursor is at a place of the canvas, or nowhere. */
  point(at: Point | null): void;
  /** It was clicked, not dragged. */
  click(at: Point): void;
  /** What a tool draws may be another. */
  redraw(): void;
}

/** Listen to everything that moves what is on a canvas. */
export function listen(canvas: HTMLCanvasElement, actions: SurfaceActions): void {
  let drag: Point | null = null;
  let begun: Point | null = null;
  let held: Tool | null = null;
  const at = (event: MouseEvent): Point => {
    const box = canvas.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };
  const step = (dx: number, dy: number): void => {
    const middle: Point = [canvas.clientWidth / 2, canvas.clientHeight / 2];
    actions.move(middle, [middle[0] + dx, middle[1] + dy]);
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
    if (event.button !== 0) {
      return;
    }
    canvas.setPointerCapture(event.pointerId);
    const tool = actions.tool();
    if (tool?.down(at(event), event)) {
      held = tool;
      actions.redraw();
    } else {
      drag = begun = at(event);
    }
  });
  canvas.addEventListener('pointermove', event => {
    const here = at(event);
    if (drag) {
      actions.move(drag, here);
      drag = here;
    } else {
      const tool = held ?? actions.tool();
      if (tool) {
        tool.move(here, event);
        actions.redraw();
      }
    }
    actions.point(here);
  });
  const end = (): void => {
    drag = held = null;
  };
  canvas.addEventListener('pointerup', event => {
    const here = at(event);
    if (held) {
      held.up(here, event);
      actions.redraw();
    } else if (drag && begun && Math.hypot(here[0] - begun[0], here[1] - begun[1]) < STILL) {
      actions.click(here);
    }
    end();
  });
  canvas.addEventListener('pointercancel', end);
  canvas.addEventListener('pointerleave', () => actions.point(null));
  canvas.addEventListener('dblclick', event => {
    if (actions.tool()?.again(at(event))) {
      actions.redraw();
    } else {
      actions.zoom(2, at(event));
    }
  });
  const keys: Readonly<Record<string, () => void>> = {
    '+': () => actions.zoom(ZOOM),
    '=': () => actions.zoom(ZOOM),
    '-': () => actions.zoom(1 / ZOOM),
    '0': () => actions.showAll(),
    '1': () => actions.actual?.(),
    ArrowLeft: () => step(STEP, 0),
    ArrowRight: () => step(-STEP, 0),
    ArrowUp: () => step(0, STEP),
    ArrowDown: () => step(0, -STEP)
  };
  canvas.addEventListener('keydown', event => {
    const plain = !event.ctrlKey && !event.metaKey && !event.altKey;
    const taken = actions.tool()?.key(event) ?? false;
    if (taken || (plain && event.key in keys)) {
      event.preventDefault();
      event.stopPropagation();
      if (taken) {
        actions.redraw();
      } else {
        keys[event.key]();
      }
    }
  });
}
