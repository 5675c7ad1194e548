/** The chart viewer: rows of results along two axes, whatever their number. */

import type { Message } from '@lumino/messaging';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { Widget } from '@lumino/widgets';

import { watchTheme } from '../theme';
import { chartCode } from './code';
import type { Drawn } from './drawn';
import { errorText, isAbort } from './errors';
import { figure } from './figure';
import type { Figure } from './figure';
import { combined, within } from './folded';
import { ChartInput } from './input';
import { load, planeOf } from './load';
import { CONFIG, picture, plotly } from './plotly';
import type { PlotElement, PlotlyStatic, SelectedEvent } from './plotly';
import type { ChartSource, Plane, Region, RegionMode } from './source';
import { isFolded, isHistogram } from './spec';
import type { ChartSpec, TraceSpec } from './spec';
import { statusText } from './status';
import type { LoadedTrace } from './status';
import { readChartTheme } from './theme';
import { lookedAt, moved } from './window';
import type { Range } from './window';

/** What dragging over the chart does. */
export type DragMode = 'pan' | 'zoom' | 'select' | 'lasso';

/** Milliseconds that a zoom rests before rows are asked for. */
const REST = 80;

/** Finds the source of a result. */
export type OpenSource = (id: string) => Promise<ChartSource>;

/** A row was pointed at. */
export interface Picked {
  readonly result: string;
  readonly row: number | null;
}

/**
 * A chart over results.
 *
 * It holds the points that are drawn, or one number for each cell of a grid;
 * everything else stays with the sources.
 */
export class ChartViewer extends Widget {
  constructor(
    /** The chart's own result. */
    readonly source: ChartSource,
    spec: ChartSpec,
    private readonly _open: OpenSource
  ) {
    super();
    this.addClass('lsp-Chart');
    this._spec = spec;
    this._plot.className = 'lsp-Chart-plot';
    this._plot.tabIndex = 0;
    this._plot.setAttribute('role', 'application');
    this._plot.setAttribute('aria-roledescription', 'chart');
    this._message.className = 'lsp-Chart-message';
    this._message.setAttribute('role', 'alert');
    this._message.hidden = true;
    this._foot.className = 'lsp-Foot lsp-Chart-foot';
    this._foot.setAttribute('role', 'status');
    this._live.className = 'lsp-Chart-place';
    this._live.setAttribute('aria-hidden', 'true');
    const line = document.createElement('div');
    line.className = 'lsp-Chart-line';
    line.append(this._foot, this._live);
    this.node.append(this._plot, this._message, line);
    this._resizes = new ResizeObserver(() => this._resized());
    this._watch(source);
    this._input = new ChartInput({
      node: this.node,
      plot: this._plot,
      state: () => ({
        shown: this._shown,
        traces: this._traces,
        ranges: this._figure?.ranges ?? null
      }),
      zoom: (factor, dx, dy) => this.zoom(factor, dx, dy),
      reset: () => this.reset(),
      clearSelection: () => this.clearSelection(),
      pick: (result, row) => this._picked.emit({ result, row }),
      fail: reason => {
        this._problem = errorText(reason);
        void this._draw();
      },
      tell: place => {
        this._live.textContent = place;
      }
    });
  }

  /** What is shown. */
  get spec(): ChartSpec {
    return this._spec;
  }

  /** Show something else. */
  set spec(spec: ChartSpec) {
    if (JSON.stringify(spec) === JSON.stringify(this._spec)) {
      return;
    }
    this._spec = spec;
    this._changed.emit(undefined);
    void this.refresh();
  }

  /** What dragging does. */
  get mode(): DragMode {
    return this._mode;
  }

  set mode(mode: DragMode) {
    this._mode = mode;
    this._changed.emit(undefined);
    void this._draw();
  }

  /** What went wrong, in words; empty if nothing did. */
  get problem(): string {
    return this._problem;
  }

  /** The chart, or what dragging does, changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** A row was clicked. */
  get picked(): ISignal<this, Picked> {
    return this._picked;
  }

  /** Python that draws the same. */
  code(): string {
    return chartCode(this._spec, this.source.id, this.source.columns);
  }

  /** Ring a row. */
  highlight(result: string, row: number | null): void {
    if (this._highlights.get(result) !== row) {
      this._highlights.set(result, row);
      if (this._traces.some(one => one?.source.id === result)) {
        void this._draw();
      }
    }
  }

  /** Show everything. */
  reset(): void {
    const { x, y } = this._spec;
    this._figure = null;
    this._spec = { ...this._spec, x: { ...x, range: undefined }, y: { ...y, range: undefined } };
    this._changed.emit(undefined);
    void this.refresh();
  }

  /** Zoom by a factor around the middle, or move by a share of the axes. */
  zoom(factor: number, dx = 0, dy = 0): void {
    const ranges = this._figure?.ranges;
    if (ranges) {
      const { x, y } = this._spec;
      this._look(moved(x, ranges[0], factor, dx), moved(y, ranges[1], factor, dy));
    }
  }

  /** Select nothing. */
  clearSelection(): void {
    void this._selecting(Promise.all([...this._sources.values()].map(one => one.select([]))));
  }

  /** The chart as a picture. */
  picture(format: 'png' | 'svg'): Promise<Blob> {
    return picture(this._plot, format);
  }

  /** Load what is missing, and draw. */
  async refresh(): Promise<void> {
    if (!this.isAttached) {
      return;
    }
    clearTimeout(this._resting);
    this._running?.abort();
    const running = (this._running = new AbortController());
    const spec = this._spec;
    this._busy(true);
    try {
      const [lib, traces] = await Promise.all([
        plotly(),
        Promise.all(spec.traces.map((trace, i) => this._load(spec, trace, i, running.signal)))
      ]);
      if (running.signal.aborted || this.isDisposed) {
        return;
      }
      this._lib = lib;
      this._traces = traces;
      this._shown = spec;
      this._problem = '';
    } catch (reason) {
      if (running.signal.aborted || isAbort(reason) || this.isDisposed) {
        return;
      }
      this._problem = errorText(reason);
    }
    this._busy(false);
    await this._draw();
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    clearTimeout(this._resting);
    this._running?.abort();
    this._unwatch?.();
    this._resizes.disconnect();
    this._unsubscribe.forEach(stop => stop());
    this._input.dispose();
    this._lib?.purge(this._plot);
    Signal.clearData(this);
    super.dispose();
  }

  protected override onAfterAttach(msg: Message): void {
    super.onAfterAttach(msg);
    this._unwatch = watchTheme(() => requestAnimationFrame(() => void this._draw()));
    this._resizes.observe(this._plot);
    void this.refresh();
  }

  protected override onBeforeDetach(msg: Message): void {
    this._unwatch?.();
    this._unwatch = null;
    this._resizes.disconnect();
    super.onBeforeDetach(msg);
  }

  protected override onActivateRequest(msg: Message): void {
    super.onActivateRequest(msg);
    this._plot.focus();
  }

  private async _load(
    spec: ChartSpec,
    trace: TraceSpec,
    index: number,
    signal: AbortSignal
  ): Promise<LoadedTrace> {
    const source = await this._sourceOf(trace);
    const before = this._traces[index];
    const known = before?.source === source ? before.loaded : null;
    const { clientWidth, clientHeight } = this._plot;
    const size = [Math.max(64, clientWidth - 90), Math.max(64, clientHeight - 70)] as const;
    return { source, loaded: await load(source, spec, trace, size, known, signal) };
  }

  private async _sourceOf(trace: TraceSpec): Promise<ChartSource> {
    const id = trace.result ?? this.source.id;
    const known = this._sources.get(id);
    if (known) {
      return known;
    }
    const source = await this._open(id);
    if (!this._sources.has(id) && !this.isDisposed) {
      this._watch(source);
    }
    return this._sources.get(id) ?? source;
  }

  /** Follow the selection and the rows of a source. */
  private _watch(source: ChartSource): void {
    this._sources.set(source.id, source);
    this._unsubscribe.push(
      source.onChange(change => {
        if (change === 'selection') {
          // Points know whether they are selected; of cells and bins the server is asked.
          const asks = this._traces.some(({ loaded }) => loaded.kind !== 'points');
          void (asks ? this.refresh() : this._draw());
        } else if (source.complete) {
          void this.refresh();
        }
      })
    );
  }

  private _drawn(): Drawn[] {
    return this._traces.map(({ source, loaded }, i) => ({
      trace: this._shown.traces[i],
      loaded,
      columns: source.columns,
      selection: source.selection,
      highlight: this._highlights.get(source.id) ?? null
    }));
  }

  private async _draw(): Promise<void> {
    const lib = this._lib;
    this._message.hidden = !this._problem;
    this._message.textContent = this._problem;
    if (!lib || !this.isAttached || this._traces.length === 0) {
      this._tell();
      return;
    }
    // Nothing that was zoomed meanwhile jumps back.
    const spec = { ...this._shown, x: this._spec.x, y: this._spec.y, title: this._spec.title };
    const built = figure(spec, this._drawn(), readChartTheme(this.node), this._mode);
    this._figure = built;
    this._tell();
    await lib.react(this._plot, built.data, built.layout, CONFIG);
    if (!this._listening && !this.isDisposed) {
      this._listening = true;
      const plot = this._plot;
      plot.on?.('plotly_relayout', () => this._onRelayout());
      plot.on?.('plotly_selected', (event: SelectedEvent | undefined) => this._onSelected(event));
    }
    const looked = this._highlights.get(this.source.id) ?? null;
    this.node.dataset.highlight = looked === null ? '' : String(looked);
    this.node.dataset.drawn = this._traces.map(one => one.loaded.kind).join(' ');
  }

  /** Say what is shown. */
  private _tell(): void {
    this._foot.textContent = statusText(this._traces);
    const { x, y } = this._shown.traces[0] ?? { x: '', y: '' };
    this._plot.setAttribute(
      'aria-label',
      `Chart of ${y ?? 'rows'} against ${x}. Arrow keys move, plus and minus zoom, 0 shows everything.`
    );
  }

  private _busy(busy: boolean): void {
    this.node.setAttribute('aria-busy', String(busy));
    this.node.classList.toggle('lsp-mod-busy', busy);
  }

  /** Show a part of the chart. */
  private _look(x: Range, y: Range, drawn = false): void {
    const flat = isHistogram(this._spec);
    const folded = this._spec.traces.some(isFolded);
    const spec = { ...this._spec };
    if (!folded) {
      spec.x = { ...spec.x, range: x };
    }
    if (!flat) {
      spec.y = { ...spec.y, range: y };
    }
    this._spec = spec;
    if (drawn) {
      this._figure = this._figure && { ...this._figure, ranges: [x, y] };
    } else {
      void this._draw();
    }
    this._changed.emit(undefined);
    clearTimeout(this._resting);
    this._resting = setTimeout(() => void this.refresh(), REST);
  }

  /** The person zoomed or moved. */
  private _onRelayout(): void {
    const ranges = this._figure?.ranges;
    const looked = ranges && lookedAt(this._plot, this._spec, ranges);
    if (looked) {
      // Plotly has moved the axes already.
      this._look(looked[0], looked[1], true);
    }
  }

  /** A box or a lasso was drawn. */
  private _onSelected(event: SelectedEvent | undefined): void {
    const { range, lassoPoints } = event ?? {};
    void this._lib?.relayout(this._plot, { selections: [] });
    const { mode } = this._input;
    if (lassoPoints) {
      const polygon = lassoPoints.x.map((x, i) => [x, lassoPoints.y[i]] as const);
      if (polygon.length >= 3) {
        this.select({ polygon }, mode);
      }
    } else if (range) {
      const x = [...range.x].sort((a, b) => a - b);
      const y = [...range.y].sort((a, b) => a - b);
      this.select({ box: [x[0], x[1], y[0], y[1]] }, mode);
    }
  }

  /** Select the rows of a region, of every trace. */
  select(region: Region, mode: RegionMode = 'new'): void {
    this._choosing?.abort();
    const signal = (this._choosing = new AbortController()).signal;
    const work = async (): Promise<void> => {
      const seen = new Set<ChartSource>();
      for (const [i, { source, loaded }] of this._traces.entries()) {
        const trace = this._shown.traces[i];
        // A second trace of the same result adds to what the first one selected.
        const how = seen.has(source) && mode === 'new' ? 'add' : mode;
        seen.add(source);
        if (isFolded(trace) && loaded.kind === 'points') {
          await source.select(
            combined(source.selection.ranges, within(trace, loaded, region), how)
          );
        } else {
          const flat = trace.kind === 'histogram' && 'box' in region;
          const part = flat ? { box: [region.box[0], region.box[1], null, null] } : region;
          await source.region(this._plane(trace), part, how, signal);
        }
      }
    };
    void this._selecting(work());
  }

  private async _selecting(work: Promise<unknown>): Promise<void> {
    this._busy(true);
    try {
      await work;
      this._problem = '';
    } catch (reason) {
      if (isAbort(reason)) {
        return;
      }
      this._problem = errorText(reason);
    }
    this._busy(false);
    await this._draw();
  }

  private _plane(trace: TraceSpec): Plane {
    return planeOf(this._shown, trace);
  }

  private _resized(): void {
    if (!this._lib || !this.isVisible || this._plot.clientWidth === 0) {
      return;
    }
    const size = `${this._plot.clientWidth} ${this._plot.clientHeight}`;
    if (size === this._size) {
      return;
    }
    this._size = size;
    void this._lib.Plots.resize(this._plot);
  }

  private readonly _plot: PlotElement = document.createElement('div');
  private readonly _message = document.createElement('div');
  private readonly _foot = document.createElement('div');
  private readonly _live = document.createElement('div');
  private readonly _input: ChartInput;
  private readonly _resizes: ResizeObserver;
  private readonly _sources = new Map<string, ChartSource>();
  private readonly _unsubscribe: Array<() => void> = [];
  private readonly _highlights = new Map<string, number | null>();
  private _spec: ChartSpec;
  /** What the loaded traces belong to. */
  private _shown: ChartSpec = { version: 1, x: {}, y: {}, traces: [] };
  private _traces: readonly LoadedTrace[] = [];
  private _figure: Figure | null = null;
  private _lib: PlotlyStatic | null = null;
  private _mode: DragMode = 'pan';
  private _running: AbortController | null = null;
  private _choosing: AbortController | null = null;
  private _resting: ReturnType<typeof setTimeout> | undefined;
  private _problem = '';
  private _size = '';
  private _listening = false;
  private _unwatch: (() => void) | null = null;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _picked = new Signal<this, Picked>(this);
}
