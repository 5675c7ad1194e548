/** A wall of stamps: the rows of a table as pictures of the sky there. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';
import type { Message } from '@lumino/messaging';

import { element, isCancelled, reasonText } from '../dom';
import { TableModel } from '../model';
import { RowSelector } from '../select';
import type { TableView } from '../source';
import { WallControls } from './controls';
import { MOST, layoutOf, moved, visibleOf } from './gallery';
import type { Layout } from './gallery';
import { Labels } from './labels';
import type { WallSource } from './source';
import { placesOf, stampKey } from './spec';
import type { Places, WallSpec } from './spec';
import { CHUNK, Stamps } from './stamps';
import type { StampPlace } from './stamps';
import { Tile } from './tile';
import { WallStatus } from './wall_status';

/** Stamps that are made before anybody looks at them. */
const AHEAD = 500;

let walls = 0;

/** The wall. */
export class WallViewer extends Widget {
  constructor(
    readonly source: WallSource,
    private _spec: WallSpec
  ) {
    super();
    walls += 1;
    this._id = `lsp-wall-${walls}`;
    this.addClass('lsp-Wall');
    this.places = placesOf(source.rows.columns);
    this.model = new TableModel(source.rows);
    this.selector = new RowSelector(this.model);
    this.labels = new Labels(
      (name, rows) => source.keepLabel(name, rows),
      () => this._update()
    );
    this.stamps = new Stamps(
      (places, signal) => source.stamps(this._spec, places, signal),
      () => this._update()
    );
    this._controls = new WallControls({
      images: source.images,
      labels: this.labels,
      spec: () => this._spec,
      change: part => this.change(part),
      label: name => this._judge(name)
    });
    this._scroll.className = 'lsp-Wall-scroll';
    this._scroll.tabIndex = 0;
    this._scroll.setAttribute('role', 'listbox');
    this._scroll.setAttribute('aria-multiselectable', 'true');
    this._scroll.setAttribute(
      'aria-label',
      'Stamps. Arrow keys move, digits label and go on, space selects, control Z takes a label back.'
    );
    this._space = element('div', 'lsp-Wall-space', this._scroll);
    this._space.setAttribute('role', 'presentation');
    this._status = new WallStatus(() => {
      this.model.retry();
      this.stamps.retry();
      void this.labels.flush();
      this._update();
    });
    this.node.append(this._controls.node, this._scroll, this._status.node);
    this._scroll.addEventListener('scroll', () => this._update(), { passive: true });
    this._scroll.addEventListener('keydown', event => this._onKey(event));
    this._scroll.addEventListener('pointerdown', event => this._onPointer(event));
    this._scroll.addEventListener('dblclick', () => this._pick(true));
    this.model.happened.connect((_, change) => {
      if (change === 'view') {
        this._scroll.scrollTop = 0;
      }
      this._update();
    });
    this.selector.changed.connect(() => {
      this._pick(false);
      this._update();
    });
    this._resizes = new ResizeObserver(() => this._update());
    void source.labels().then(
      kept => !this.isDisposed && this.labels.take(kept),
      (reason: unknown) => !isCancelled(reason) && this._status.say(reasonText(reason))
    );
    void this.model.setView(_spec.view);
  }

  readonly places: Places | null;
  readonly model: TableModel;
  readonly selector: RowSelector;
  readonly labels: Labels;
  readonly stamps: Stamps;

  /** What it shows changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** A person looks at a row of the result; `open` if it is to be shown elsewhere, too. */
  get picked(): ISignal<this, { readonly row: number; readonly open: boolean }> {
    return this._picked;
  }

  /** What it shows. */
  get spec(): WallSpec {
    return this._spec;
  }

  /** Show something else. */
  change(part: Partial<WallSpec>): void {
    const before = this._spec;
    this._spec = { ...before, ...part };
    if (stampKey(before) !== stampKey(this._spec)) {
      this.stamps.clear();
    }
    if (part.view && JSON.stringify(part.view) !== JSON.stringify(before.view)) {
      void this.model.setView(part.view);
    }
    if (part.side && part.side !== before.side) {
      this._update();
      this._reveal(Math.max(0, this.selector.row));
    }
    this._controls.update();
    this._update();
    this._changed.emit(undefined);
  }

  /** Show the rows of another view. */
  follow(view: TableView): void {
    if (this._spec.follow) {
      this.change({ view });
    }
  }

  /** Go to a row of the result. */
  highlight(row: number): void {
    const place = this.model.positionOf(row);
    if (place !== undefined && place !== this.selector.row && place < MOST) {
      this._shown = row;
      this.selector.moveTo(place);
      this._reveal(place);
    }
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._resizes.disconnect();
    cancelAnimationFrame(this._frame);
    this.labels.dispose();
    this.stamps.clear();
    this._tiles.forEach(tile => tile.dispose());
    this._tiles.clear();
    this.selector.dispose();
    this.model.dispose();
    Signal.clearData(this);
    super.dispose();
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._resizes.observe(this._scroll);
    this._update();
  }

  protected override onAfterShow(msg: Message): void {
    super.onAfterShow(msg);
    this._update();
  }

  protected override onActivateRequest(): void {
    this._scroll.focus();
  }

  private get _lines(): Layout {
    return layoutOf(this._scroll.clientWidth, this._spec.side, this.model.rows);
  }

  /** Draw it with the next picture of the screen. */
  private _update(): void {
    cancelAnimationFrame(this._frame);
    this._frame = requestAnimationFrame(() => !this.isDisposed && this._draw());
  }

  private _draw(): void {
    const { model, stamps, labels } = this;
    const count = Math.min(model.rows, MOST);
    if (this.isVisible && this._scroll.clientHeight > 0 && this.places) {
      const layout = this._lines;
      this._space.style.height = `${layout.total}px`;
      const { scrollTop, clientHeight } = this._scroll;
      const [first, end] = visibleOf(layout, scrollTop, clientHeight, count);
      model.show(first, Math.min(count, end + CHUNK) - 1);
      this._want(first, end, count);
      this._place(layout, first, end);
    }
    this._controls.update();
    this._status.show({
      rows: model.rows,
      count,
      made: stamps.count,
      failures: stamps.failures,
      busy: stamps.busy || model.busy,
      ahead: Math.min(count, AHEAD),
      labelled: labels.size,
      keeping: labels.pending,
      selected: this.selector.count,
      problem: model.error ?? stamps.problem ?? labels.problem
    });
  }

  /** Ask for the stamps on screen, then for those below, then for those before. */
  private _want(first: number, end: number, count: number): void {
    const wanted: StampPlace[] = [];
    const stop = Math.min(count, Math.max(end + 4 * CHUNK, AHEAD));
    for (const [from, to] of [
      [first, end],
      [end, stop],
      [0, Math.min(first, AHEAD)]
    ]) {
      for (let position = from; position < to; position += 1) {
        const place = this._placeOf(position);
        if (place) {
          wanted.push(place);
        }
      }
    }
    this.stamps.want(wanted);
  }

  private _placeOf(position: number): StampPlace | null {
    const { model, places } = this;
    const row = model.rowId(position);
    if (!places || row === undefined || !model.has(position)) {
      return null;
    }
    const value = (name: string): number => {
      const text = model.exact(position, this._column(name));
      return text ? Number(text) * places.factor : NaN;
    };
    return { row, ra: value(places.ra), dec: value(places.dec) };
  }

  private _column(name: string): number {
    return this.model.columns.findIndex(column => column.name === name);
  }

  private _place(layout: Layout, first: number, end: number): void {
    for (const [position, tile] of this._tiles) {
      if (position < first || position >= end) {
        tile.dispose();
        this._tiles.delete(position);
      }
    }
    const { model, labels, selector } = this;
    const [sort] = model.view.sort;
    const caption = sort ? this._column(sort[0]) : 0;
    for (let position = first; position < end; position += 1) {
      let tile = this._tiles.get(position);
      if (!tile) {
        tile = new Tile(this._space);
        this._tiles.set(position, tile);
      }
      const column = position % layout.columns;
      const line = Math.floor(position / layout.columns);
      const { style } = tile.node;
      style.transform = `translate(${column * layout.width}px, ${line * layout.height}px)`;
      style.width = `${this._spec.side}px`;
      style.setProperty('--lsp-stamp', `${this._spec.side}px`);
      const row = model.rowId(position);
      const label = row === undefined ? undefined : labels.of(row);
      const text = model.text(position, caption) ?? '';
      tile.show({
        id: `${this._id}-${position}`,
        caption: sort && text ? `${sort[0]} ${text}` : text,
        stamp: row === undefined ? undefined : this.stamps.get(row),
        label,
        key: label === undefined ? -1 : labels.names.indexOf(label),
        selected: selector.has(position),
        current: position === selector.row,
        place: position,
        count: model.rows
      });
    }
    if (this._tiles.has(selector.row)) {
      this._scroll.setAttribute('aria-activedescendant', `${this._id}-${selector.row}`);
    } else {
      this._scroll.removeAttribute('aria-activedescendant');
    }
  }

  private _reveal(position: number): void {
    const layout = this._lines;
    const top = Math.floor(position / layout.columns) * layout.height;
    const { scrollTop, clientHeight } = this._scroll;
    if (top < scrollTop) {
      this._scroll.scrollTop = top;
    } else if (top + layout.height > scrollTop + clientHeight) {
      this._scroll.scrollTop = top + layout.height - clientHeight;
    }
  }

  private _go(position: number): void {
    this.selector.moveTo(position);
    this._reveal(position);
  }

  /** Label the stamp at the cursor, and go on to the next one. */
  private _judge(name: string | undefined): void {
    const { selector, model, labels } = this;
    const row = selector.row < 0 ? undefined : model.rowId(selector.row);
    if (row === undefined) {
      this._go(0);
      return;
    }
    labels.set(row, name);
    if (name !== undefined && labels.of(row) === name && selector.row + 1 < model.rows) {
      this._go(selector.row + 1);
    }
    this._scroll.focus();
  }

  private _pick(open: boolean): void {
    const row = this.selector.row < 0 ? undefined : this.model.rowId(this.selector.row);
    if (row !== undefined && (open || row !== this._shown)) {
      this._shown = row;
      this._picked.emit({ row, open });
    }
  }

  private _onKey(event: KeyboardEvent): void {
    const { selector, model, labels } = this;
    const { key } = event;
    const command = event.ctrlKey || event.metaKey;
    const to = moved(key, selector.row, this._lines, this._scroll.clientHeight, model.rows);
    if (to !== null && !event.altKey) {
      if (event.shiftKey) {
        selector.extend(to);
        selector.commitSoon();
        this._reveal(to);
      } else {
        this._go(to);
      }
    } else if (command && key.toLowerCase() === 'z') {
      const row = labels.undo();
      if (row !== null) {
        this.highlight(row);
      }
    } else if (command && key.toLowerCase() === 'a') {
      selector.all();
    } else if (command || event.altKey) {
      return;
    } else if (/^[1-9]$/.test(key) && labels.names[Number(key) - 1]) {
      this._judge(labels.names[Number(key) - 1]);
    } else if (key === '0' || key === 'Backspace' || key === 'Delete') {
      this._judge(undefined);
    } else if (key === ' ' && selector.row >= 0) {
      selector.toggle(selector.row);
      selector.commitSoon();
    } else if (key === 'Enter') {
      this._pick(true);
    } else if (key === 'Escape') {
      selector.clear();
    } else {
      return;
    }
    event.preventDefault();
    event.stopPropagation();
  }

  private _onPointer(event: PointerEvent): void {
    if (event.button !== 0) {
      return;
    }
    const tile = (event.target as Element).closest('.lsp-Wall-tile');
    const found = [...this._tiles].find(([, one]) => one.node === tile);
    if (!found) {
      return;
    }
    const [position] = found;
    const { selector } = this;
    if (event.shiftKey) {
      selector.extend(position);
      void selector.commit();
    } else if (event.ctrlKey || event.metaKey) {
      selector.toggle(position);
      void selector.commit();
    } else {
      selector.moveTo(position);
    }
  }

  private readonly _id: string;
  private readonly _controls: WallControls;
  private readonly _status: WallStatus;
  private readonly _scroll = document.createElement('div');
  private readonly _space: HTMLElement;
  private readonly _tiles = new Map<number, Tile>();
  private readonly _resizes: ResizeObserver;
  private _frame = 0;
  private _shown = -1;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _picked = new Signal<this, { readonly row: number; readonly open: boolean }>(
    this
  );
}
