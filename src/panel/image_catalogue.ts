/** The rows of a result over an image, kept up to date with the table and with what is on screen. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { PortalSource } from '../state/results';
import { positionColumns } from '../state/targets';
import type { IPlatform } from '../tokens';
import { isCancelled, reasonText } from '../viewers/dom';
import { Catalogue, around } from '../viewers/image/catalogue';
import { shown } from '../viewers/image/geometry';
import type { Point } from '../viewers/image/geometry';
import type { ImageViewer } from '../viewers/image/viewer';
import { ROW } from '../viewers/source';

/** Rows that are drawn. */
const MOST = 10_000;
/** Milliseconds that the image rests before rows are asked for. */
const REST = 200;

/** One result over one image. */
export class ImageCatalogue {
  constructor(
    private readonly _platform: IPlatform,
    private readonly _viewer: ImageViewer,
    readonly result: string
  ) {
    _viewer.changed.connect(this._moved, this);
    _viewer.clicked.connect(this._clicked, this);
    _platform.highlight.changed.connect(this._highlighted, this);
    this.overlay.highlight = _platform.highlight.get(result);
    void this._open();
  }

  readonly overlay = new Catalogue();

  /** What is to be said of it. */
  get note(): string {
    return this._note;
  }

  /** The note changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  dispose(): void {
    clearTimeout(this._resting);
    this._asking?.abort();
    this._unsubscribe?.();
    Signal.disconnectReceiver(this);
    Signal.clearData(this);
  }

  private async _open(): Promise<void> {
    const opening = (this._asking = new AbortController());
    try {
      const source = await this._platform.results.open(this.result, opening.signal);
      if (opening.signal.aborted) {
        return;
      }
      this._columns = positionColumns(source.columns);
      if (!this._columns) {
        this._say('The table has no columns of a position.');
        return;
      }
      this._source = source;
      this._unsubscribe = source.onChange(change => {
        if (change === 'selection') {
          this.overlay.selected = source.selection.ranges;
          this._viewer.redraw();
        }
      });
      this.overlay.selected = source.selection.ranges;
      this._moved();
    } catch (reason) {
      if (!isCancelled(reason)) {
        this._say(reasonText(reason));
      }
    }
  }

  private _moved(): void {
    clearTimeout(this._resting);
    this._resting = setTimeout(() => void this._load(), REST);
  }

  private async _load(): Promise<void> {
    const { sky, view, outline } = this._viewer;
    if (!this._source || !this._columns || !sky || !view || !outline) {
      return;
    }
    const { clientWidth, clientHeight } = this._viewer.node;
    const [x0, y0, x1, y1] = shown(view, [clientWidth, clientHeight]);
    const [left, right] = [Math.max(x0, -0.5), Math.min(x1, outline.columns - 0.5)];
    const [low, high] = [Math.max(y0, -0.5), Math.min(y1, outline.rows - 0.5)];
    if (left >= right || low >= high) {
      return;
    }
    const edge = [0, 0.5, 1].flatMap(s =>
      [0, 0.5, 1].map(t => sky.place([left + s * (right - left), low + t * (high - low)]))
    );
    const box = around(edge);
    if (this._box && inside(box, this._box)) {
      return;
    }
    this._asking?.abort();
    const asking = (this._asking = new AbortController());
    const [x, y] = this._columns;
    try {
      const asked = { x: quoted(x), y: quoted(y), columns: {}, limit: MOST, box };
      const found = await this._platform.client.points(this.result, asked, asking.signal);
      const many = found.rows > MOST;
      const numbers = (name: string): Float64Array =>
        Float64Array.from(found.table.getChild(name) ?? [], Number);
      this.overlay.rows = {
        rows: Int32Array.from(numbers(ROW)),
        ra: numbers('x'),
        dec: numbers('y')
      };
      this._box = many ? null : box;
      this._viewer.redraw();
      this._say(
        many
          ? `${found.rows.toLocaleString('en')} rows are here: zoom in to see them`
          : `${found.rows.toLocaleString('en')} rows`
      );
    } catch (reason) {
      if (!isCancelled(reason) && !asking.signal.aborted) {
        this._say(reasonText(reason));
      }
    }
  }

  private _clicked(_: ImageViewer, at: Point): void {
    const row = this.overlay.hit(at);
    if (row !== null) {
      this._platform.highlight.highlight(this.result, row, this);
    }
  }

  private _highlighted(_: object, change: { result: string; row: number | null }): void {
    if (change.result === this.result) {
      this.overlay.highlight = change.row;
      this._viewer.redraw();
    }
  }

  private _say(text: string): void {
    this._note = text;
    this._changed.emit();
  }

  private _source: PortalSource | null = null;
  private _columns: readonly [string, string] | null = null;
  private _box: readonly [number, number, number, number] | null = null;
  private _asking: AbortController | null = null;
  private _resting: ReturnType<typeof setTimeout> | undefined;
  private _unsubscribe: (() => void) | null = null;
  private _note = '';
  private readonly _changed = new Signal<this, void>(this);
}

/** A name as an expression. */
function quoted(name: string): string {
  return `"${name.replace(/"/g, '""')}"`;
}

function inside([a0, a1, b0, b1]: readonly number[], [c0, c1, d0, d1]: readonly number[]): boolean {
  return a0 >= c0 && a1 <= c1 && b0 >= d0 && b1 <= d1;
}
