/** A wall of stamps in the main area: opens a result and shows its rows as pictures. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { PanelLayout, Widget } from '@lumino/widgets';

import { asPlatformError, isAbort } from '../api/errors';
import { isActive } from '../api/models';
import type { Job } from '../api/models';
import type { HighlightChange, HighlightModel } from '../state/highlight';
import type { PortalSource } from '../state/results';
import { PortalWallSource } from '../state/wall';
import type { IPlatform } from '../tokens';
import type { TableView } from '../viewers/source';
import { wallCode } from '../viewers/wall/code';
import { defaultWall, placesOf } from '../viewers/wall/spec';
import type { WallSpec } from '../viewers/wall/spec';
import { WallViewer } from '../viewers/wall/viewer';

/** Rows of a table of labels, at once. */
const STEP = 500;
/** Rows of a file of stamps, at once; and stamps of it at most. */
const FILE_STEP = 5000;
const FILE = 10_000;

/** The wall of a result. */
export class WallView extends Widget {
  constructor(
    readonly resultId: string,
    private readonly _platform: IPlatform,
    private readonly _begin: { readonly spec?: WallSpec; readonly view?: TableView }
  ) {
    super();
    this.addClass('lsp-WallView');
    this.layout = new PanelLayout();
    this._empty.className = 'lsp-Result-empty';
    this.node.append(this._empty);
    _platform.highlight.changed.connect(this._onHighlight, this);
    _platform.jobs.changed.connect((_, change) => {
      if (change.removed === resultId) {
        this._say('This job was deleted, and its result with it.');
      }
    }, this);
    void this._start();
  }

  /** The wall, once it is there. */
  get viewer(): WallViewer | null {
    return this._viewer;
  }

  /** What it shows, or will show. */
  get spec(): WallSpec | undefined {
    return this._viewer?.spec ?? this._begin.spec;
  }

  /** The wall, or whether it is there, changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** A person wants to see a row in the table. */
  get opened(): ISignal<this, number> {
    return this._opened;
  }

  /** Python that makes these stamps. */
  async code(): Promise<string> {
    const { _viewer: viewer, _source: source } = this;
    if (!viewer?.places || !source) {
      return '';
    }
    const { ra, dec } = viewer.places;
    const adql = await source.analysis.adql(viewer.spec.view, [ra, dec], this._opening.signal);
    return wallCode(viewer.spec, viewer.places, adql);
  }

  /** Where the browser gets a file of all stamps, once the server has made it. */
  async file(kind: string, told: (fraction: number) => void): Promise<string> {
    const { _viewer: viewer, _source: source } = this;
    if (!viewer?.places || !source) {
      throw new Error('The wall is not open yet.');
    }
    const { ra, dec, factor } = viewer.places;
    const { release, dataset, bands, field, view } = viewer.spec;
    const circles: string[] = [];
    for (let end = false; !end && circles.length * bands.length < FILE;) {
      const block = await source.fetch(circles.length, FILE_STEP, view, this._opening.signal);
      const [lon, lat] = [ra, dec].map(name => block.table.getChild(name));
      for (let row = 0; row < block.table.numRows; row += 1) {
        const [x, y] = [lon, lat].map(one => Number(one?.get(row) ?? NaN) * factor);
        // What is nowhere is told as a place without an image.
        circles.push(Number.isFinite(x + y) ? `${x} ${y}` : '0 90');
      }
      end = block.table.numRows === 0 || circles.length >= block.rows;
    }
    const parameters = {
      RELEASE: release,
      DATASET: dataset,
      BAND: bands,
      RADIUS: String(field / 7200),
      RESPONSEFORMAT: kind,
      CUTOUTDETAIL: 'Image',
      CIRCLE: circles
    };
    const { client } = this._platform;
    let job = await client.ofCutouts<Job>('POST', [], { parameters });
    while (isActive(job)) {
      told(job.fraction ?? 0);
      job = await client.ofCutouts<Job>('GET', [job.id], undefined, { wait: 1 });
    }
    if (job.phase !== 'COMPLETED') {
      throw new Error(job.error?.message ?? 'Making the stamps was cancelled.');
    }
    return client.cutoutsUrl(job.id, `cutouts.${kind}`);
  }

  /** The rows with a label as a CSV file: every scalar column, and the label. */
  async labelled(): Promise<File> {
    const { _viewer: viewer, _source: source } = this;
    const rows = new Map(viewer?.labels.entries() ?? []);
    const lines: string[] = [];
    if (viewer && source) {
      const { model } = viewer;
      const { cellText } = await import('../viewers/cells');
      const columns = source.columns.filter(({ name }) => model.kind(name) !== 'other');
      const taken = new Set(columns.map(({ name }) => name.toLowerCase()));
      let label = 'label';
      while (taken.has(label)) {
        label += '_';
      }
      const cell = (text: string): string =>
        /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
      lines.push([...columns.map(({ name }) => name), label].map(cell).join(','));
      const ids = [...rows.keys()];
      for (let at = 0; at < ids.length;) {
        const start = ids[at];
        const { table } = await source.fetch(
          start,
          STEP,
          { sort: [], filter: [] },
          this._opening.signal
        );
        const vectors = columns.map(({ name }) => table.getChild(name));
        for (; at < ids.length && ids[at] < start + table.numRows; at += 1) {
          const values = vectors.map(one => (one ? cellText(one, ids[at] - start, null) : ''));
          lines.push([...values, rows.get(ids[at]) ?? ''].map(cell).join(','));
        }
        if (table.numRows === 0) {
          break;
        }
      }
    }
    return new File([lines.join('\n') + '\n'], 'labels.csv', { type: 'text/csv' });
  }

  /** Show the rows of another view of the table. */
  follow(view: TableView): void {
    this._viewer?.follow(view);
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
    this._say('Opening the wall…', true);
    const { client, jobs, results } = this._platform;
    const { signal } = this._opening;
    try {
      const [source, images] = await Promise.all([
        results.open(this.resultId, signal),
        client.stampImages(),
        jobs.find(this.resultId)
      ]);
      if (!this.isDisposed) {
        this._show(source, new PortalWallSource(client, source, images));
      }
    } catch (reason) {
      if (!isAbort(reason) && !this.isDisposed) {
        const { message, hint } = asPlatformError(reason);
        this._say([message, hint].filter(Boolean).join(' '));
      }
    }
  }

  private _show(source: PortalSource, walled: PortalWallSource): void {
    const spec = this._begin.spec ?? defaultWall(walled.images, this._begin.view);
    if (!placesOf(source.columns)) {
      this._say(
        'No columns of this result are a position: a wall needs right ascension and declination.'
      );
      return;
    }
    if (!spec) {
      this._say('No images of the sky are published here that stamps could be cut from.');
      return;
    }
    const viewer = new WallViewer(walled, spec);
    this._source = source;
    viewer.changed.connect(() => this._changed.emit(undefined));
    viewer.picked.connect((_, { row, open }) => {
      this._platform.highlight.highlight(this.resultId, row, this);
      if (open) {
        this._opened.emit(row);
      }
    });
    this._viewer = viewer;
    this._empty.hidden = true;
    (this.layout as PanelLayout).addWidget(viewer);
    this._changed.emit(undefined);
  }

  private _onHighlight(_: HighlightModel, change: HighlightChange): void {
    if (change.result === this.resultId && change.row !== null && change.by !== this) {
      this._viewer?.highlight(change.row);
    }
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
    }
    const words = document.createElement('span');
    words.className = 'lsp-Strip-text';
    words.textContent = text;
    this._empty.append(words);
  }

  private readonly _empty = document.createElement('div');
  private readonly _opening = new AbortController();
  private _viewer: WallViewer | null = null;
  private _source: PortalSource | null = null;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _opened = new Signal<this, number>(this);
}
