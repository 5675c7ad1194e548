/** The rows of a result over an image or the sky, kept up to date with the table and with what is on screen. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { PortalSource } from '../state/results';
import { positionColumns } from '../state/targets';
import type { IPlatform } from '../tokens';
import { isCancelled, reasonText } from '../viewers/dom';
import type { Point } from '../viewers/image/geometry';
import { ROW } from '../viewers/source';
import type { Surface } from '../viewers/surface/surface';
import { Catalogue, around } from '../viewers/surface/symbols';

/** Rows that are drawn. */
const MOST = 10_000;
/** Milliseconds that the picture rests before rows are asked for. */
const REST = 200;

/** One result over one surface. */
export class SurfaceCatalogue {
  constructor(
    private readonly _platform: IPlatform,
    private readonly _surface: Surface,
    readonly result: string
  ) {
    _surface.changed.connect(this._moved, this);
    _surface.clicked.connect(this._clicked, this);
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
          this._surface.redraw();
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
    const edge = this._surface.extent();
    if (!this._source || !this._columns || edge.length === 0) {
      return;
    }
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
      this._surface.redraw();
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

  private _clicked(_: Surface, at: Point): void {
    const row = this.overlay.hit(at);
    if (row !== null) {
      this._platform.highlight.highlight(this.result, row, this);
    }
  }

  private _highlighted(_: object, change: { result: string; row: number | null }): void {
    if (change.result === this.result) {
      this.overlay.highlight = change.row;
      this._surface.redraw();
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
