/** Footprints of a result's rows over a surface, kept up to date with its table. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { PortalSource } from '../state/results';
import type { IPlatform } from '../tokens';
import { isCancelled, reasonText } from '../viewers/dom';
import type { Point } from '../viewers/image/geometry';
import { readStcs } from '../viewers/regions/stcs';
import { PLAIN, ROW } from '../viewers/source';
import { Footprints } from '../viewers/surface/footprints';
import type { Surface } from '../viewers/surface/surface';

/** Footprints that are drawn. */
const MOST = 5000;

/** The footprints of one result over one surface. */
export class SurfaceFootprints {
  constructor(
    private readonly _platform: IPlatform,
    private readonly _surface: Surface,
    private readonly _source: PortalSource,
    private readonly _column: string
  ) {
    _surface.clicked.connect(this._clicked, this);
    _platform.highlight.changed.connect(this._highlighted, this);
    this.overlay.highlight = _platform.highlight.get(_source.id);
    this.overlay.selected = _source.selection.ranges;
    this._unsubscribe = _source.onChange(change => {
      if (change === 'selection') {
        this.overlay.selected = _source.selection.ranges;
        _surface.redraw();
      }
    });
    void this._load();
  }

  readonly overlay = new Footprints();

  /** What is to be said of them. */
  get note(): string {
    return this._note;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  dispose(): void {
    this._asking.abort();
    this._unsubscribe();
    Signal.disconnectReceiver(this);
    Signal.clearData(this);
  }

  private async _load(): Promise<void> {
    try {
      const block = await this._source.fetch(0, MOST, PLAIN, this._asking.signal);
      const texts = block.table.getChild(this._column);
      const rows = block.table.getChild(ROW);
      const found = Array.from({ length: block.table.numRows }, (_, i) => ({
        row: Number(rows?.get(i) ?? i),
        regions: readStcs(String(texts?.get(i) ?? ''))
      }));
      this.overlay.rows = found.filter(one => one.regions.length > 0);
      const all = this._source.rows;
      const count = `${this.overlay.rows.length.toLocaleString('en')} footprints`;
      this._note = all > MOST ? `${count} of ${all.toLocaleString('en')} rows` : count;
      this._surface.redraw();
    } catch (reason) {
      if (isCancelled(reason)) {
        return;
      }
      this._note = reasonText(reason);
    }
    this._changed.emit();
  }

  private _clicked(_: Surface, at: Point): void {
    const row = this.overlay.hit(at, this.overlay.highlight);
    if (row !== null) {
      this._platform.highlight.highlight(this._source.id, row, this);
    }
  }

  private _highlighted(_: object, change: { result: string; row: number | null }): void {
    if (change.result === this._source.id) {
      this.overlay.highlight = change.row;
      this._surface.redraw();
    }
  }

  private readonly _asking = new AbortController();
  private readonly _unsubscribe: () => void;
  private _note = 'Reading footprints…';
  private readonly _changed = new Signal<this, void>(this);
}
