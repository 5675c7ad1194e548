/** The sky on a canvas: a survey of pictures, moved, zoomed, and with things drawn over it. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import type { Place } from '../celestial/sphere';
import { isCancelled, reasonText } from '../dom';
import type { Point } from '../image/geometry';
import { listen } from '../surface/input';
import { Overlays } from '../surface/surface';
import type { Layer, Overlay, Placing, Surface, Tool } from '../surface/surface';
import { Background } from './background';
import type { FetchTile } from './background';
import { Survey } from './survey';
import type { SurveyData } from './survey';
import { SkyCamera, stepped, withField, zoomedAt } from './view';
import type { SkyView } from './view';

/** What the sky looks like without a picture of it. */
const EMPTY = '#060914';
/** Milliseconds between two tries of tiles that did not come. */
const AGAIN = 5000;

/** Shows the sky. */
export class SkyViewer extends Widget implements Surface {
  constructor(
    private _view: SkyView,
    private readonly _fetch: FetchTile
  ) {
    super();
    this.addClass('lsp-Sky');
    this._home = _view;
    this._canvas.className = 'lsp-Sky-canvas';
    this._canvas.tabIndex = 0;
    this._canvas.setAttribute('role', 'application');
    this._canvas.setAttribute('aria-roledescription', 'sky');
    this._message.className = 'lsp-Image-message';
    this._message.setAttribute('role', 'alert');
    this._message.hidden = true;
    this.node.append(this._canvas, this._message);
    this._resizes.observe(this._canvas);
    listen(this._canvas, {
      tool: () => this._tool,
      move: (from, to) => this._put(stepped(this._view, this._size(), from, to)),
      zoom: (factor, at) => this.zoom(factor, at),
      showAll: () => this._put(this._home),
      point: at => {
        this._cursor = at;
        this._pointed.emit(at);
      },
      click: at => this._clicked.emit(at),
      redraw: () => this.redraw()
    });
  }

  /** What is looked at. */
  get view(): SkyView {
    return this._view;
  }

  set view(view: SkyView) {
    this._put(view);
  }

  /** Where the key 0 leads. */
  set home(view: SkyView) {
    this._home = view;
  }

  /** The surveys that are shown, the lowest first; none is an empty sky. */
  get surveys(): readonly SurveyData[] {
    return this._backgrounds.map(one => one.survey.data);
  }

  set surveys(surveys: readonly SurveyData[]) {
    const before = this._backgrounds;
    this._backgrounds = surveys.map(
      data =>
        before.find(one => one.survey.data === data) ??
        new Background(new Survey(data), this._fetch, failure => this._came(failure))
    );
    for (const one of before) {
      if (!this._backgrounds.includes(one)) {
        one.dispose();
      }
    }
    this._say('');
    this.redraw();
    this._changed.emit();
  }

  /** Whether pictures are on their way. */
  get busy(): boolean {
    return this._frame !== 0 || this._backgrounds.some(one => one.busy);
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  get clicked(): ISignal<this, Point> {
    return this._clicked;
  }

  get pointed(): ISignal<this, Point | null> {
    return this._pointed;
  }

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

  get placing(): Placing {
    const camera = this._camera();
    return {
      size: camera.size,
      pixel: () => null,
      sky: place => camera.screen(place),
      pixelAt: () => null,
      skyAt: at => camera.place(at)
    };
  }

  /** The place under the cursor. */
  get under(): Place | null {
    return this._cursor && this._camera().place(this._cursor);
  }

  overlay(layer: Layer, overlay: Overlay | null): void {
    this._overlays.set(layer, overlay);
    this.redraw();
  }

  extent(): readonly Place[] {
    const camera = this._camera();
    const [width, height] = camera.size;
    const steps = [0, 0.25, 0.5, 0.75, 1];
    return steps.flatMap(s =>
      steps.flatMap(t => {
        const place = camera.place([s * width, t * height]);
        return place ? [place] : [];
      })
    );
  }

  lookAt(place: Place): void {
    this._put({ ...this._view, centre: place });
  }

  /** Zoom around a place of the screen, or the middle. */
  zoom(factor: number, at?: Point): void {
    const size = this._size();
    this._put(
      at ? zoomedAt(this._view, size, factor, at) : withField(this._view, this._view.field / factor)
    );
  }

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
    clearTimeout(this._again);
    this._resizes.disconnect();
    for (const one of this._backgrounds) {
      one.dispose();
    }
    Signal.clearData(this);
    super.dispose();
  }

  protected override onActivateRequest(): void {
    this._canvas.focus();
  }

  private _size(): Point {
    return [Math.max(1, this._canvas.clientWidth), Math.max(1, this._canvas.clientHeight)];
  }

  private _camera(): SkyCamera {
    return new SkyCamera(this._view, this._size());
  }

  private _put(view: SkyView): void {
    this._view = view;
    this.redraw();
    this._changed.emit();
  }

  private _say(text: string): void {
    this._message.textContent = text;
    this._message.hidden = text === '';
  }

  private _came(failure: unknown): void {
    if (failure !== null && !isCancelled(failure)) {
      this._say(reasonText(failure));
      // The server may be back soon: what failed is asked for again.
      clearTimeout(this._again);
      this._again = setTimeout(() => this._retry(), AGAIN);
    }
    this.redraw();
  }

  private _retry(): void {
    const { surveys } = this;
    this.surveys = [];
    this.surveys = surveys;
  }

  private _draw(): void {
    const camera = this._camera();
    const [width, height] = camera.size;
    const ratio = window.devicePixelRatio;
    const canvas = this._canvas;
    const [columns, rows] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (canvas.width !== columns || canvas.height !== rows) {
      canvas.width = columns;
      canvas.height = rows;
    }
    const context = canvas.getContext('2d')!;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const [across, along] = camera.reach;
    context.fillStyle = EMPTY;
    context.beginPath();
    context.ellipse(width / 2, height / 2, across, along, 0, 0, 2 * Math.PI);
    context.fill();
    for (const one of this._backgrounds) {
      one.draw(context, camera, ratio);
    }
    this._overlays.draw(context, this.placing, this._tool);
    this.node.setAttribute('aria-busy', String(this.busy));
  }

  private readonly _canvas = document.createElement('canvas');
  private readonly _message = document.createElement('div');
  private readonly _resizes = new ResizeObserver(() => this.redraw());
  private readonly _overlays = new Overlays();
  private _home: SkyView;
  private _backgrounds: readonly Background[] = [];
  private _tool: Tool | null = null;
  private _cursor: Point | null = null;
  private _frame = 0;
  private _again: ReturnType<typeof setTimeout> | undefined;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _clicked = new Signal<this, Point>(this);
  private readonly _pointed = new Signal<this, Point | null>(this);
}
