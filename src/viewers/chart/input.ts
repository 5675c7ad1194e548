/** Mouse and keyboard on a chart. */

import { ChartCard } from './card';
import { isAbort } from './errors';
import { REACH, nearest, valueAt } from './hits';
import { planeOf } from './load';
import type { PlotElement } from './plotly';
import type { RegionMode } from './source';
import type { AxisSpec, ChartSpec } from './spec';
import { placeText } from './status';
import type { LoadedTrace } from './status';
import type { Range } from './window';

/** Milliseconds between the clicks of a double click. */
const TWICE = 400;
/** Pixels a click may move. */
const CLICK = 4;
/** The share of an axis that an arrow key moves it by, and by which + and - zoom. */
const STEP = 0.1;
const ZOOM = 1.25;

/** The chart as mouse and keyboard see it. */
export interface InputHost {
  readonly node: HTMLElement;
  readonly plot: PlotElement;
  /** What is drawn, as it is now. */
  state(): {
    readonly shown: ChartSpec;
    readonly traces: readonly LoadedTrace[];
    readonly ranges: readonly [Range, Range] | null;
  };
  zoom(factor: number, dx?: number, dy?: number): void;
  reset(): void;
  clearSelection(): void;
  pick(result: string, row: number | null): void;
  fail(reason: unknown): void;
  /** Say what is under the pointer. */
  tell(place: string): void;
}

/** What a drag does to the selection, by the keys that are held. */
export function regionMode(
  keys: Pick<MouseEvent, 'altKey' | 'shiftKey' | 'ctrlKey' | 'metaKey'>
): RegionMode {
  const control = keys.ctrlKey || keys.metaKey;
  if (keys.altKey) {
    return 'remove';
  }
  if (keys.shiftKey && control) {
    return 'intersect';
  }
  return keys.shiftKey || control ? 'add' : 'new';
}

/** Points at rows, and moves the chart. */
export class ChartInput {
  constructor(private readonly _host: InputHost) {
    this._card = new ChartCard(_host.node);
    const { plot } = _host;
    plot.addEventListener('pointerdown', event => this._onDown(event), { capture: true });
    plot.addEventListener('pointermove', event => this._onMove(event));
    plot.addEventListener('pointerleave', () => this._leave());
    plot.addEventListener('keydown', event => this._onKey(event));
  }

  /** What the drag under way does to the selection. */
  mode: RegionMode = 'new';

  dispose(): void {
    this._picking?.abort();
    this._card.dispose();
  }

  private _onDown(event: PointerEvent): void {
    if (event.button !== 0) {
      return;
    }
    this.mode = regionMode(event);
    const { clientX, clientY } = event;
    const up = (end: PointerEvent): void => {
      window.removeEventListener('pointerup', up, true);
      if (Math.hypot(end.clientX - clientX, end.clientY - clientY) <= CLICK) {
        // Plotly keeps the browser's own double clicks to itself.
        const twice = end.timeStamp - this._clicked < TWICE;
        this._clicked = twice ? -Infinity : end.timeStamp;
        if (twice) {
          this._host.reset();
        } else {
          void this._click(clientX, clientY);
        }
      }
    };
    window.addEventListener('pointerup', up, true);
    this._card.hide();
  }

  private _onMove({ buttons, clientX, clientY }: PointerEvent): void {
    const { plot } = this._host;
    const { shown, traces } = this._host.state();
    const at = buttons === 0 ? valueAt(plot, clientX, clientY) : null;
    if (!at) {
      this._leave();
      return;
    }
    this._host.tell(placeText(shown, traces, at));
    const near = nearest(plot, shown, traces, clientX, clientY);
    if (near) {
      this._card.show(near.source, near.row, near.x, near.y);
    } else {
      this._card.hide();
    }
  }

  private _leave(): void {
    this._host.tell('');
    this._card.hide();
  }

  private _onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      return;
    }
    const host = this._host;
    const acts: Record<string, () => void> = {
      ArrowLeft: () => host.zoom(1, -STEP),
      ArrowRight: () => host.zoom(1, STEP),
      ArrowUp: () => host.zoom(1, 0, STEP),
      ArrowDown: () => host.zoom(1, 0, -STEP),
      '+': () => host.zoom(ZOOM),
      '=': () => host.zoom(ZOOM),
      '-': () => host.zoom(1 / ZOOM),
      '0': () => host.reset(),
      Escape: () => host.clearSelection()
    };
    const act = acts[event.key];
    if (act) {
      event.preventDefault();
      event.stopPropagation();
      act();
    }
  }

  /** Point at a row. */
  private async _click(clientX: number, clientY: number): Promise<void> {
    const { plot } = this._host;
    const { shown, traces, ranges } = this._host.state();
    this._picking?.abort();
    const near = nearest(plot, shown, traces, clientX, clientY);
    if (near) {
      this._host.pick(near.source.id, near.row);
      return;
    }
    const at = valueAt(plot, clientX, clientY);
    const { xaxis, yaxis } = plot._fullLayout ?? {};
    if (!at || !ranges || !xaxis || !yaxis) {
      return;
    }
    const place = traces.findIndex(one => one.loaded.kind === 'grid');
    if (place < 0) {
      traces.forEach(({ source }) => this._host.pick(source.id, null));
      return;
    }
    const { source } = traces[place];
    const reach = (axis: AxisSpec, [a, b]: Range, length: number): number =>
      (REACH / length) * (axis.log ? Math.log10(b / a) : b - a);
    const radius = [
      reach(shown.x, ranges[0], xaxis._length),
      reach(shown.y, ranges[1], yaxis._length)
    ] as const;
    const { signal } = (this._picking = new AbortController());
    try {
      const row = await source.pick(planeOf(shown, shown.traces[place]), at, radius, signal);
      if (!signal.aborted) {
        this._host.pick(source.id, row);
      }
    } catch (reason) {
      if (!isAbort(reason)) {
        this._host.fail(reason);
      }
    }
  }

  private readonly _card: ChartCard;
  private _clicked = -Infinity;
  private _picking: AbortController | null = null;
}
