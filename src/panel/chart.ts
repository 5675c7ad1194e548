/** A chart in the main area: the chart and, beside it, how it is drawn. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { PanelLayout, Widget } from '@lumino/widgets';

import { asPlatformError, isAbort } from '../api/errors';
import { PortalChartSource } from '../state/charts';
import type { HighlightChange, HighlightModel } from '../state/highlight';
import type { IPlatform } from '../tokens';
import { defaultChart } from '../viewers/chart/spec';
import type { ChartSpec } from '../viewers/chart/spec';
import { ChartViewer } from '../viewers/chart/viewer';
import type { TableView } from '../viewers/source';
import { ChartForm } from './chart_form';
import { resultName } from './result';

/** Opens a result and shows a chart of it. */
export class ChartView extends Widget {
  constructor(
    readonly resultId: string,
    private readonly _platform: IPlatform,
    private readonly _begin: { readonly spec?: ChartSpec; readonly view?: TableView }
  ) {
    super();
    this.addClass('lsp-ChartView');
    this.layout = new PanelLayout();
    this._empty.className = 'lsp-Result-empty';
    this.node.append(this._empty);
    _platform.highlight.changed.connect(this._onHighlight, this);
    _platform.jobs.changed.connect((_, change) => {
      if (change.removed === resultId) {
        this._say('This job was deleted, and its result with it.');
      }
    }, this);
    _platform.channel.stateChanged.connect((_, state) => {
      // The server is back: what it could not give is asked for again.
      if (state === 'open' && this._failed) {
        void this._start();
      } else if (state === 'open' && this._viewer?.problem) {
        void this._viewer.refresh();
      }
    }, this);
    void this._start();
  }

  /** The chart, once it is there. */
  get viewer(): ChartViewer | null {
    return this._viewer;
  }

  /** What it shows, or will show. */
  get spec(): ChartSpec | undefined {
    return this._viewer?.spec ?? this._begin.spec;
  }

  /** The chart, or whether it is there, changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Whether the form is open. */
  get editing(): boolean {
    return this._form !== null && !this._form.isHidden;
  }

  set editing(editing: boolean) {
    this._form?.setHidden(!editing);
    if (editing) {
      this._form?.activate();
    }
    this._changed.emit(undefined);
  }

  /** Show the rows of another view of the table. */
  follow(view: TableView): void {
    const viewer = this._viewer;
    if (viewer?.spec.follow) {
      viewer.spec = { ...viewer.spec, traces: viewed(viewer.spec, view) };
    }
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    this._opening.abort();
    Signal.disconnectReceiver(this);
    Signal.clearData(this);
    super.dispose();
  }

  protected override onActivateRequest(): void {
    this._viewer?.activate();
  }

  private async _start(): Promise<void> {
    this._failed = false;
    this._say('Opening the chart…', true);
    try {
      const source = await this._source(this.resultId);
      if (!this.isDisposed) {
        this._show(source);
      }
    } catch (reason) {
      if (!isAbort(reason) && !this.isDisposed) {
        const { message, hint } = asPlatformError(reason);
        this._failed = true;
        this._say([message, hint].filter(Boolean).join(' '));
        const again = document.createElement('button');
        again.type = 'button';
        again.className = 'jp-mod-styled lsp-Button';
        again.textContent = 'Try again';
        again.addEventListener('click', () => void this._start());
        this._empty.append(again);
      }
    }
  }

  private async _source(id: string): Promise<PortalChartSource> {
    const { client, jobs, results } = this._platform;
    const { signal } = this._opening;
    const [job, source] = await Promise.all([jobs.find(id), results.open(id, signal)]);
    return new PortalChartSource(client, source, resultName(job));
  }

  private _show(source: PortalChartSource): void {
    const { view } = this._begin;
    const begin = this._begin.spec ?? defaultChart(source.columns);
    if (!begin) {
      this._say('No column of this result has a place on an axis: there are no numbers or times.');
      return;
    }
    const spec = view ? { ...begin, traces: viewed(begin, view) } : begin;
    const viewer = new ChartViewer(source, spec, id => this._source(id));
    viewer.changed.connect(() => this._changed.emit(undefined));
    viewer.picked.connect((_, { result, row }) =>
      this._platform.highlight.highlight(result, row, this)
    );
    viewer.highlight(source.id, this._platform.highlight.get(source.id));
    this._viewer = viewer;
    this._form = new ChartForm(viewer, source, this._platform);
    this._form.hide();
    this._empty.hidden = true;
    const layout = this.layout as PanelLayout;
    layout.addWidget(viewer);
    layout.addWidget(this._form);
    this._changed.emit(undefined);
  }

  private _say(text: string, busy = false): void {
    this._empty.hidden = false;
    this._empty.replaceChildren();
    this._empty.dataset.kind = busy ? 'busy' : 'stopped';
    this._empty.setAttribute('role', busy ? 'status' : 'alert');
    if (busy) {
      const spinner = document.createElement('span');
      spinner.className = 'lsp-Spinner';
      spinner.setAttribute('aria-hidden', 'true');
      this._empty.append(spinner);
    } else {
      this._viewer?.hide();
      this._form?.hide();
    }
    const words = document.createElement('span');
    words.className = 'lsp-Strip-text';
    words.textContent = text;
    this._empty.append(words);
  }

  private _onHighlight(_: HighlightModel, { result, row }: HighlightChange): void {
    this._viewer?.highlight(result, row);
  }

  private readonly _empty = document.createElement('div');
  private readonly _opening = new AbortController();
  private _viewer: ChartViewer | null = null;
  private _failed = false;
  private _form: ChartForm | null = null;
  private readonly _changed = new Signal<this, void>(this);
}

/** The chart's own traces over another view. */
function viewed(spec: ChartSpec, view: TableView): ChartSpec['traces'] {
  const rows = { ...view, sort: [] };
  return spec.traces.map(trace => (trace.result ? trace : { ...trace, view: rows }));
}
