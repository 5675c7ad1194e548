/** An image on a canvas: moved, zoomed, read out, however large it is. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import type { Place } from '../celestial/sphere';
import { isCancelled, reasonText } from '../dom';
import { listen } from '../surface/input';
import { Overlays } from '../surface/surface';
import type { Layer, Overlay, Placing, Surface, Tool } from '../surface/surface';
import { UPRIGHT, fitted, levelFor, moved, shown, toImage, toScreen, zoomed } from './geometry';
import type { Point, View } from './geometry';
import { SkyMesh } from './sky';
import { TILE } from './source';
import type { ImageSource, Look, Numbers, Outline, TilePlace } from './source';
import { TileCache } from './tiles';

/** What is under the cursor. */
export interface Readout {
  readonly pixel: Point;
  /** Not there while it is on its way, or where the image has no value. */
  readonly value: number | null;
  readonly sky: Place | null;
}

/** Shows one image. */
export class ImageViewer extends Widget implements Surface {
  constructor(private _source: ImageSource) {
    super();
    this.addClass('lsp-Image');
    this._canvas.className = 'lsp-Image-canvas';
    this._canvas.tabIndex = 0;
    this._canvas.setAttribute('role', 'application');
    this._canvas.setAttribute('aria-roledescription', 'image');
    this._message.className = 'lsp-Image-message';
    this._message.setAttribute('role', 'alert');
    this._message.hidden = true;
    this.node.append(this._canvas, this._message);
    this._tiles = new TileCache<ImageBitmap>(
      (place, signal) => this._source.tile(this._plane, this._look, place, signal),
      failure => this._came(failure),
      bitmap => bitmap.close()
    );
    this._numbers = new TileCache<Numbers>(
      (place, signal) => this._source.numbers(this._plane, place, signal),
      () => this._read()
    );
    this._resizes.observe(this._canvas);
    listen(this._canvas, {
      tool: () => this._tool,
      move: (from, to) => {
        if (this._view) {
          this._put(moved(this._view, [to[0] - from[0], to[1] - from[1]]));
        }
      },
      zoom: (factor, at) => this.zoom(factor, at),
      showAll: () => this.showAll(),
      actual: () => this.actual(),
      click: at => this._clicked.emit(at),
      point: at => {
        this._cursor = at;
        this._read();
        this._pointed.emit(at);
      },
      redraw: () => this.redraw()
    });
  }

  /** Show another image, at the same place if it is as large. */
  set source(source: ImageSource) {
    this._source = source;
    this._look = { ...this._look, stretch: '' };
    this._before = this._outline;
    this._outline = null;
  }

  /** What is known of the image, once it is. */
  get outline(): Outline | null {
    return this._outline;
  }

  /** Where on the sky it is, if anybody knows. */
  get sky(): SkyMesh | null {
    return this._sky;
  }

  /** What is looked at. */
  get view(): View | null {
    return this._view;
  }

  /** Whether tiles are on their way. */
  get busy(): boolean {
    return this._opening !== null || this._tiles.busy;
  }

  /** The view, or what is known of the image, changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Something else is under the cursor. */
  get read(): ISignal<this, Readout | null> {
    return this._readout;
  }

  /** A place of the screen was clicked. */
  get clicked(): ISignal<this, Point> {
    return this._clicked;
  }

  /** The cursor is at a place of the canvas, or has left. */
  get pointed(): ISignal<this, Point | null> {
    return this._pointed;
  }

  /** The tool in hand. */
  get tool(): Tool | null {
    return this._tool;
  }

  set tool(tool: Tool | null) {
    if (tool !== this._tool) {
      this._tool?.end();
      this._tool = tool;
      this._canvas.style.cursor = tool?.cursor ?? '';
      this.redraw();
      this._changed.emit();
    }
  }

  /** Draw something over the image, or no longer. */
  overlay(layer: Layer, overlay: Overlay | null): void {
    this._overlays.set(layer, overlay);
    this.redraw();
  }

  /** Where places are now. */
  get placing(): Placing | null {
    const { _view: view, _sky: sky } = this;
    const size = this._size();
    return (
      view && {
        size,
        pixel: place => toScreen(view, size, place),
        sky: place => {
          const at = sky?.pixel(place);
          return at ? toScreen(view, size, at) : null;
        },
        pixelAt: at => toImage(view, size, at),
        skyAt: at => sky?.place(toImage(view, size, at)) ?? null
      }
    );
  }

  /** Places all over the part that is on screen. */
  extent(): readonly Place[] {
    const { _sky: sky, _view: view, _outline: outline } = this;
    if (!sky || !view || !outline) {
      return [];
    }
    const [x0, y0, x1, y1] = shown(view, this._size());
    const [left, right] = [Math.max(x0, -0.5), Math.min(x1, outline.columns - 0.5)];
    const [low, high] = [Math.max(y0, -0.5), Math.min(y1, outline.rows - 0.5)];
    if (left >= right || low >= high) {
      return [];
    }
    const steps = [0, 0.5, 1];
    return steps.flatMap(s =>
      steps.map(t => sky.place([left + s * (right - left), low + t * (high - low)]))
    );
  }

  /** Show a place of the sky in the middle. */
  lookAt(place: Place): void {
    const at = this._sky?.pixel(place);
    if (at) {
      this.centre(at);
    }
  }

  /** Show a plane in a look; all of it at first. */
  async open(plane: string, look: Look): Promise<void> {
    const same = plane === this._plane && JSON.stringify(look) === JSON.stringify(this._look);
    if (same && this._outline) {
      return;
    }
    this._opening?.abort();
    const opening = (this._opening = new AbortController());
    this._changed.emit();
    try {
      const outline = await this._source.outline(plane, look, opening.signal);
      if (opening.signal.aborted || this.isDisposed) {
        return;
      }
      const { _before: before } = this;
      const first =
        this._outline === null &&
        !(before?.columns === outline.columns && before.rows === outline.rows);
      this._outline = outline;
      this._plane = plane;
      this._look = look;
      this._sky = outline.sky ? new SkyMesh(outline.sky, outline.columns, outline.rows) : null;
      this._tiles.clear();
      this._stale = true;
      if (first || !this._view) {
        this.showAll();
      }
      this._message.hidden = true;
      this._numbers.clear();
    } catch (reason) {
      if (isCancelled(reason) || opening.signal.aborted) {
        return;
      }
      this._say(reasonText(reason));
    }
    this._opening = null;
    this.redraw();
    this._changed.emit();
  }

  /** Show all of it. */
  showAll(): void {
    if (this._outline) {
      const { columns, rows } = this._outline;
      this._put(fitted(columns, rows, this._size(), this._view?.turn ?? UPRIGHT));
    }
  }

  /** One pixel of the image for one of the screen. */
  actual(): void {
    if (this._view) {
      this._put({ ...this._view, scale: 1 / window.devicePixelRatio });
    }
  }

  /** Zoom around a place of the screen, or the middle. */
  zoom(factor: number, at?: Point): void {
    if (this._view) {
      const [width, height] = this._size();
      this._put(zoomed(this._view, [width, height], factor, at ?? [width / 2, height / 2]));
    }
  }

  /** Turn it with north up, or as it is in the file. */
  set north(north: boolean) {
    if (this._view) {
      this._put({ ...this._view, turn: (north && this._sky?.northUp()) || UPRIGHT });
    }
  }

  /** Show a place of the image in the middle. */
  centre(place: Point): void {
    if (this._view) {
      this._put({ ...this._view, centre: place });
    }
  }

  /** Draw it again, with the next frame. */
  redraw(): void {
    if (!this._frame && !this.isDisposed) {
      this._frame = requestAnimationFrame(() => {
        this._frame = 0;
        this._draw();
      });
    }
  }

  /** The picture that is on screen. */
  picture(): Promise<Blob> {
    this._draw();
    return new Promise((resolve, reject) => {
      this._canvas.toBlob(blob => (blob ? resolve(blob) : reject(new Error('No picture.'))));
    });
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    cancelAnimationFrame(this._frame);
    this._opening?.abort();
    this._resizes.disconnect();
    this._tiles.clear();
    this._numbers.clear();
    Signal.clearData(this);
    super.dispose();
  }

  protected override onActivateRequest(): void {
    this._canvas.focus();
  }

  private _size(): Point {
    return [Math.max(1, this._canvas.clientWidth), Math.max(1, this._canvas.clientHeight)];
  }

  private _put(view: View): void {
    this._view = view;
    this._stale = false;
    this.redraw();
    this._read();
    this._changed.emit();
  }

  private _say(text: string): void {
    this._message.textContent = text;
    this._message.hidden = text === '';
  }

  private _came(failure: unknown): void {
    if (failure !== null && !isCancelled(failure)) {
      this._say(reasonText(failure));
    }
    this.redraw();
    if (!this.busy) {
      this._changed.emit();
    }
  }

  /** The tiles of a version that are on screen, those in the middle first. */
  private _visible(level: number): TilePlace[] {
    const outline = this._outline!;
    const view = this._view!;
    const [x0, y0, x1, y1] = shown(view, this._size());
    const side = TILE * 2 ** level;
    const low = (at: number): number => Math.max(0, Math.floor((at + 0.5) / side));
    const high = (at: number, length: number): number =>
      Math.min(Math.ceil(length / side) - 1, Math.floor((at + 0.5) / side));
    const found: TilePlace[] = [];
    for (let y = low(y0); y <= high(y1, outline.rows); y += 1) {
      for (let x = low(x0); x <= high(x1, outline.columns); x += 1) {
        found.push([level, x, y]);
      }
    }
    const far = ([, x, y]: TilePlace): number =>
      Math.hypot((x + 0.5) * side - view.centre[0], (y + 0.5) * side - view.centre[1]);
    return found.sort((a, b) => far(a) - far(b));
  }

  private _draw(): void {
    const [width, height] = this._size();
    const ratio = window.devicePixelRatio;
    const canvas = this._canvas;
    if (
      canvas.width !== Math.round(width * ratio) ||
      canvas.height !== Math.round(height * ratio)
    ) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      // A canvas of another size is empty.
      this._stale = false;
    }
    const context = canvas.getContext('2d')!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.node.setAttribute('aria-busy', String(this.busy));
    const { _outline: outline, _view: view } = this;
    if (!outline || !view) {
      return;
    }
    const depth = outline.levels.length - 1;
    const level = levelFor(view, ratio, depth);
    const wanted = this._visible(level);
    // The whole image in few pixels comes first, and stays behind what is on its way.
    const behind: TilePlace[] = level < depth ? [[depth, 0, 0]] : [];
    this._tiles.want([...behind, ...wanted]);
    if (this._stale && !wanted.every(place => this._tiles.get(place))) {
      // What was seen before stays until the new look of it has come.
      return;
    }
    this._stale = false;
    context.clearRect(0, 0, width, height);
    context.save();
    const [xx, xy, yx, yy] = view.turn.map(one => one * view.scale);
    const [ox, oy] = toScreen(view, [width, height], [-0.5, -0.5]);
    context.transform(xx, xy, yx, yy, ox, oy);
    context.imageSmoothingEnabled = view.scale < 2;
    for (let coarse = depth; coarse >= level; coarse -= 1) {
      for (const place of coarse === level ? wanted : this._visible(coarse)) {
        this._paint(context, outline, place);
      }
    }
    context.restore();
    this._overlays.draw(context, this.placing!, this._tool);
    this.node.setAttribute('aria-busy', String(this.busy));
  }

  private _paint(context: CanvasRenderingContext2D, outline: Outline, place: TilePlace): void {
    const bitmap = this._tiles.get(place);
    if (!bitmap) {
      return;
    }
    const [level, x, y] = place;
    const unit = 2 ** level;
    const side = TILE * unit;
    const [width, height] = [bitmap.width * unit, bitmap.height * unit];
    // Pictures have their first row at the top. The last pixels of a version may reach too far.
    context.save();
    context.beginPath();
    context.rect(0, 0, outline.columns, outline.rows);
    context.clip();
    context.translate(x * side, y * side + height);
    context.scale(1, -1);
    context.drawImage(bitmap, 0, 0, width, height);
    context.restore();
  }

  /** Tell what is under the cursor. */
  private _read(): void {
    const { _outline: outline, _view: view, _cursor: cursor } = this;
    if (!outline || !view || !cursor) {
      this._readout.emit(null);
      return;
    }
    const pixel = toImage(view, this._size(), cursor);
    const [x, y] = [Math.round(pixel[0]), Math.round(pixel[1])];
    const inside = x >= 0 && y >= 0 && x < outline.columns && y < outline.rows;
    let value: number | null = null;
    if (inside) {
      const place: TilePlace = [0, Math.floor(x / TILE), Math.floor(y / TILE)];
      const numbers = this._numbers.get(place);
      if (numbers) {
        value = numbers.values[(y % TILE) * numbers.columns + (x % TILE)] ?? null;
      } else {
        this._numbers.want([place]);
      }
    }
    this._readout.emit(inside ? { pixel, value, sky: this._sky?.place(pixel) ?? null } : null);
  }

  /** What was fitted to nothing yet is fitted to the first size there is. */
  private _resized(): void {
    if (!this._fitted && this._outline && this._canvas.clientWidth > 1) {
      this._fitted = true;
      this.showAll();
    }
    this.redraw();
  }

  private readonly _canvas = document.createElement('canvas');
  private readonly _message = document.createElement('div');
  private readonly _tiles: TileCache<ImageBitmap>;
  private readonly _numbers: TileCache<Numbers>;
  private readonly _resizes = new ResizeObserver(() => this._resized());
  private _outline: Outline | null = null;
  private _before: Outline | null = null;
  private _sky: SkyMesh | null = null;
  private _view: View | null = null;
  private _plane = 'image';
  private _look: Look = { stretch: '', limits: '', colors: '', invert: false };
  private _tool: Tool | null = null;
  private readonly _overlays = new Overlays();
  private _opening: AbortController | null = null;
  private _cursor: Point | null = null;
  private _frame = 0;
  private _fitted = false;
  private _stale = false;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _pointed = new Signal<this, Point | null>(this);
  private readonly _clicked = new Signal<this, Point>(this);
  private readonly _readout = new Signal<this, Readout | null>(this);
}
