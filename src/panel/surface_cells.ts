/** A result of HEALPix cells as a map over a surface. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { PortalSource } from '../state/results';
import type { IPlatform } from '../tokens';
import { isCancelled, reasonText } from '../viewers/dom';
import type { Point } from '../viewers/image/geometry';
import { ROW } from '../viewers/source';
import type { SourceColumn } from '../viewers/source';
import { Cells, orderOf } from '../viewers/surface/cells';
import type { CellMap } from '../viewers/surface/cells';
import { CellLegend } from '../viewers/surface/legend';
import type { Surface } from '../viewers/surface/surface';

/** Cells of a map: those of order 8. */
const MOST = 500_000;
const NUMBERS = ['double', 'float', 'long', 'int', 'short', 'unsignedByte'];

/** The map of one result over one surface. */
export class SurfaceCells {
  constructor(
    private readonly _platform: IPlatform,
    private readonly _surface: Surface,
    private readonly _source: PortalSource,
    private readonly _column: string
  ) {
    const numbers = _source.columns.filter(
      one => one.name !== _column && NUMBERS.includes(one.datatype ?? '') && !one.arraysize
    );
    this._values = numbers;
    this._legend = new CellLegend(
      numbers.map(one => one.name),
      {
        value: name => void this._load(name),
        order: order => this._make(order),
        redraw: () => _surface.redraw()
      }
    );
    _surface.node.append(this._legend.node);
    _surface.clicked.connect(this._clicked, this);
    _platform.highlight.changed.connect(this._highlighted, this);
    void this._load(numbers[0]?.name ?? _column);
  }

  overlay: Cells | null = null;

  /** What is to be said of it. */
  get note(): string {
    return this._note;
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The query for the rows of the cell that was picked; nothing if none was, or nobody knows. */
  get query(): string | null {
    const { overlay } = this;
    const made = /ivo_healpix_index\s*\(\s*(\d+)\s*,\s*([^,()]+?)\s*,\s*([^,()]+?)\s*\)/i.exec(
      this._source.info.query
    );
    const from = /\bfrom\s+([\w."]+)/i.exec(this._source.info.query);
    const cell = overlay?.picked ?? null;
    if (cell === null || !made || !from) {
      return null;
    }
    const [, order, lon, lat] = made;
    return (
      `SELECT *\nFROM ${from[1]}\n` + `WHERE ivo_healpix_index(${order}, ${lon}, ${lat}) = ${cell}`
    );
  }

  dispose(): void {
    this._asking?.abort();
    this._legend.node.remove();
    Signal.disconnectReceiver(this);
    Signal.clearData(this);
  }

  private async _load(value: string): Promise<void> {
    this._asking?.abort();
    const asking = (this._asking = new AbortController());
    this._say('Reading the map…');
    try {
      const asked = { x: quoted(this._column), y: quoted(value), columns: {}, limit: MOST };
      const found = await this._platform.client.points(this._source.id, asked, asking.signal);
      if (found.rows > MOST) {
        this._say(
          `The map has ${found.rows.toLocaleString('en')} cells; at most ` +
            `${MOST.toLocaleString('en')} are shown. Group them by larger ones.`
        );
        return;
      }
      const numbers = (name: string): Float64Array =>
        Float64Array.from(found.table.getChild(name) ?? [], Number);
      this._data = {
        cells: numbers('x'),
        values: numbers('y'),
        rows: Int32Array.from(numbers(ROW))
      };
      this._value = value;
      const made = /ivo_healpix_index\s*\(\s*(\d+)/i.exec(this._source.info.query);
      const most = this._data.cells.reduce((a, b) => Math.max(a, b), 0);
      this._make(Math.max(orderOf(most), made ? Number(made[1]) : 0));
    } catch (reason) {
      if (!isCancelled(reason) && !asking.signal.aborted) {
        this._say(reasonText(reason));
      }
    }
  }

  private _make(order: number): void {
    const picked = this.overlay?.map.order === order ? this.overlay.picked : null;
    this.overlay = new Cells({ order, ...this._data });
    this.overlay.picked = picked;
    this._legend.show(this.overlay, this._unit(), this._value);
    this._surface.overlay('cells', this.overlay);
    this._tell();
  }

  private _unit(): string {
    return this._values.find(one => one.name === this._value)?.unit ?? '';
  }

  private _clicked(_: Surface, at: Point): void {
    const { overlay } = this;
    const place = this._surface.placing?.skyAt(at);
    if (!overlay || !place) {
      return;
    }
    const cell = overlay.cellAt(place);
    const index = overlay.indexOf(cell);
    overlay.picked = index >= 0 ? cell : null;
    this._surface.redraw();
    this._tell();
    if (index >= 0) {
      this._platform.highlight.highlight(this._source.id, overlay.map.rows[index], this);
    }
  }

  private _highlighted(
    _: object,
    change: { result: string; row: number | null; by: object | null }
  ): void {
    const { overlay } = this;
    if (change.result === this._source.id && change.by !== this && overlay) {
      const index = change.row === null ? -1 : overlay.map.rows.indexOf(change.row);
      overlay.picked = index >= 0 ? overlay.map.cells[index] : null;
      this._surface.redraw();
      this._tell();
    }
  }

  private _tell(): void {
    const { overlay } = this;
    const cell = overlay?.picked ?? null;
    if (overlay && cell !== null) {
      const value = overlay.map.values[overlay.indexOf(cell)];
      const unit = this._unit() && ` ${this._unit()}`;
      this._say(`cell ${cell} of order ${overlay.map.order}: ${this._value} ${value}${unit}`);
    } else {
      this._say(`${this._data.cells.length.toLocaleString('en')} cells`);
    }
  }

  private _say(text: string): void {
    this._note = text;
    this._changed.emit();
  }

  private readonly _values: readonly SourceColumn[];
  private readonly _legend: CellLegend;
  private _data: Omit<CellMap, 'order'> = {
    cells: new Float64Array(),
    values: new Float64Array(),
    rows: new Int32Array()
  };
  private _value = '';
  private _asking: AbortController | null = null;
  private _note = '';
  private readonly _changed = new Signal<this, void>(this);
}

/** A name as an expression. */
function quoted(name: string): string {
  return `"${name.replace(/"/g, '""')}"`;
}
