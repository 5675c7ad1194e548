/** A result in the main area: how its job stands, and its table. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';
import { PanelLayout, Widget } from '@lumino/widgets';

import { asPlatformError, isAbort } from '../api/errors';
import type { PlatformError } from '../api/errors';
import { isActive } from '../api/models';
import type { Job } from '../api/models';
import { jobName } from '../state/job_search';
import type { JobsChange, JobsModel } from '../state/jobs';
import { oneLine } from '../state/jobs';
import type { PortalSource } from '../state/results';
import { transferText } from '../state/tables';
import type { IPlatform } from '../tokens';
import { rowCount } from '../viewers/footer';
import { TableViewer } from '../viewers/table';
import type { TableRequest, TableState } from '../viewers/shown';
import { jobFacts } from './jobs';
import { linkTable } from './table_link';

/** Milliseconds between two updates of the elapsed time. */
const TICK = 200;

/** What a person can do with the view. */
export interface ResultActions {
  cancel(id: string): void;
  edit(id: string): void;
  rerun(job: Job): void;
}

/** What the view says of its job. */
interface Said {
  readonly kind: 'busy' | 'error' | 'overflow' | 'stopped';
  readonly text: string;
  readonly hint?: string;
  readonly fraction?: number;
  readonly button?: string;
  readonly action?: () => void;
}

/** The elements that say it. */
interface Parts {
  readonly text: HTMLElement;
  readonly bar: HTMLElement;
  readonly fill: HTMLElement;
  action?: () => void;
}

/** A name for a result, short enough for a tab. */
export function resultName(job: Pick<Job, 'name' | 'run_id' | 'query'>): string {
  return jobName(job, 'Result');
}

function make(tag: string, className: string, text: string, parent: HTMLElement): HTMLElement {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  parent.appendChild(node);
  return node;
}

/** Follows a job and shows its rows as soon as there are any. */
export class ResultView extends Widget {
  constructor(
    readonly jobId: string,
    private readonly _platform: IPlatform,
    private readonly _actions: ResultActions,
    /** How its table was left. */
    private _state: TableState = {}
  ) {
    super();
    this.addClass('lsp-Result');
    this.layout = new PanelLayout();
    this._strip.className = 'lsp-Strip';
    this._empty.className = 'lsp-Result-empty';
    this.node.append(this._strip, this._empty);
    _platform.jobs.changed.connect(this._onJobs, this);
    _platform.tables.changed.connect(this._draw, this);
    _platform.channel.stateChanged.connect(this._onChannel, this);
    void this._start();
  }

  /** The job, once it is known. */
  get job(): Job | null {
    return this._job;
  }

  /** The table, once there are rows. */
  get table(): TableViewer | null {
    return this._table;
  }

  /** All that a layout or a link must remember of its table. */
  get state(): TableState {
    return this._table?.state ?? this._state;
  }

  /** Show the table like that: now, or as soon as it is there. */
  restore(state: TableState): void {
    this._state = state;
    this._table?.restore(state);
  }

  /** A person asked the table for something that the page does. */
  get requested(): ISignal<this, TableRequest> {
    return this._requested;
  }

  /** What the table shows changed. */
  get moved(): ISignal<this, void> {
    return this._moved;
  }

  /** The job or the table changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  override dispose(): void {
    if (this.isDisposed) {
      return;
    }
    clearInterval(this._timer);
    this._opening?.abort();
    this._platform.jobs.changed.disconnect(this._onJobs, this);
    this._platform.tables.changed.disconnect(this._draw, this);
    this._platform.channel.stateChanged.disconnect(this._onChannel, this);
    Signal.clearData(this);
    super.dispose();
  }

  protected override onActivateRequest(): void {
    this._table?.activate();
  }

  private async _start(): Promise<void> {
    this._draw();
    try {
      this._take(await this._platform.jobs.find(this.jobId));
    } catch (reason) {
      this._error = asPlatformError(reason);
      this._draw();
    }
  }

  private _onJobs(jobs: JobsModel, change: JobsChange): void {
    if (change.removed === this.jobId) {
      this._removed = true;
      this._draw();
      return;
    }
    const job = jobs.get(this.jobId);
    if (job && job !== this._job) {
      this._take(job);
    }
  }

  private _take(job: Job): void {
    this._job = job;
    this._error = null;
    this.title.label = resultName(job);
    this.title.caption = oneLine(job.query).slice(0, 500);
    const readable = job.phase === 'COMPLETED' || (job.phase === 'EXECUTING' && job.rows > 0);
    if (readable && !this._table) {
      void this._open();
    }
    const ticking = isActive(job);
    if (ticking && !this._timer) {
      this._timer = setInterval(() => this._draw(), TICK);
    } else if (!ticking) {
      clearInterval(this._timer);
      this._timer = undefined;
    }
    this._draw();
    this._changed.emit(undefined);
  }

  private async _open(): Promise<void> {
    if (this._opening) {
      return;
    }
    this._opening = new AbortController();
    try {
      const source = await this._platform.results.open(this.jobId, this._opening.signal);
      if (!this.isDisposed) {
        this._show(source);
      }
    } catch (reason) {
      if (!isAbort(reason) && this._job?.phase === 'COMPLETED') {
        this._error = asPlatformError(reason);
        this._draw();
      }
    } finally {
      this._opening = null;
    }
  }

  private _show(source: PortalSource): void {
    this._table = new TableViewer(source);
    this._table.restore(this._state);
    linkTable(this._platform.highlight, this.jobId, this._table);
    this._table.changed.connect(() => this._moved.emit(undefined));
    this._table.requested.connect((_, request) => this._requested.emit(request));
    this._table.model.happened.connect((model, change) => {
      if (change === 'failed' && asPlatformError(model.error).status === 404) {
        // Perhaps it was deleted while no event could tell.
        void this._platform.jobs.reread(this.jobId);
      }
      this._draw();
    });
    (this.layout as PanelLayout).addWidget(this._table);
    this._draw();
    this._changed.emit(undefined);
  }

  /** The server is back: what it could not give is asked for again. */
  private _onChannel(): void {
    if (this._platform.channel.state === 'open') {
      if (this._error?.transient) {
        this._retry();
      }
      this._table?.retry();
    }
    this._draw();
  }

  /** How the job stands, in words; `null` when there is nothing to say. */
  private _say(): Said | null {
    const job = this._job;
    if (this._removed) {
      const gone = 'This job was deleted, and its result with it.';
      return {
        kind: 'error',
        text: gone,
        hint: this._table ? 'Only rows that were read before can still be seen.' : '',
        ...(job && { button: 'Run it again', action: () => this._actions.rerun(job) })
      };
    }
    const status = this._table?.model.error ? asPlatformError(this._table.model.error).status : 0;
    if (status === 401 || status === 403) {
      return {
        kind: 'error',
        text: 'This page is no longer signed in.',
        hint: 'What is open stays open: sign in again, and it is read anew.',
        button: 'Reload the page',
        action: () => window.location.reload()
      };
    }
    if (this._platform.channel.state === 'lost') {
      return {
        kind: 'stopped',
        text: 'The server does not answer.',
        hint: 'It is tried again by itself; what is on screen stays.'
      };
    }
    if (this._error) {
      const { message, hint } = this._error;
      return {
        kind: 'error',
        text: message,
        hint,
        button: 'Try again',
        action: () => this._retry()
      };
    }
    if (!job) {
      return { kind: 'busy', text: 'Looking for the job…' };
    }
    if (isActive(job)) {
      const text = jobFacts(job, this._platform.jobs.elapsed(job));
      const action = (): void => this._actions.cancel(job.id);
      return { kind: 'busy', text, fraction: job.fraction ?? 0, button: 'Cancel', action };
    }
    if (job.phase === 'ERROR') {
      const { message, hint } = job.error ?? { message: 'The query failed.', hint: '' };
      const action = (): void => this._actions.edit(job.id);
      return { kind: 'error', text: message, hint, button: 'Edit the query', action };
    }
    if (job.phase === 'ABORTED') {
      const action = (): void => this._actions.rerun(job);
      const text = this._table
        ? 'Cancelled: these rows were found until then.'
        : 'This query was cancelled.';
      return { kind: 'stopped', text, button: 'Run it again', action };
    }
    const saving = this._platform.tables.transfers.find(one => one.job === job.id);
    if (saving) {
      const text = `mydb.${saving.name} · ${transferText(saving)}`;
      const action = (): void => this._platform.tables.cancel(saving.id);
      return { kind: 'busy', text, fraction: saving.fraction ?? 0, button: 'Cancel', action };
    }
    if (job.overflow) {
      const text = `Cut off at ${rowCount(job.rows)}: the query finds more.`;
      const hint = 'Raise “Max rows”, or choose with TOP how many you want.';
      return { kind: 'overflow', text, hint };
    }
    return this._table ? null : { kind: 'busy', text: 'Opening the table…' };
  }

  /** Show it: in a strip above the table, or in the middle while there is none. */
  private _draw(): void {
    const said = this._say();
    const place = this._table ? this._strip : this._empty;
    const key = JSON.stringify([said?.kind, said?.hint, said?.button, place === this._strip]);
    if (key !== this._drawn || !said) {
      this._drawn = key;
      this._strip.replaceChildren();
      this._empty.replaceChildren();
      this._parts = said ? this._build(said, place) : null;
    }
    if (said && this._parts) {
      this._parts.action = said.action;
      if (this._parts.text.textContent !== said.text) {
        this._parts.text.textContent = said.text;
      }
      this._parts.bar.hidden = !said.fraction;
      this._parts.fill.style.width = `${Math.min(100, (said.fraction ?? 0) * 100)}%`;
    }
  }

  /** Build its elements; they stay while only words and numbers change, so that buttons can be clicked. */
  private _build(said: Said, place: HTMLElement): Parts {
    place.dataset.kind = said.kind;
    place.setAttribute(
      'role',
      said.kind === 'error' ? 'alert' : said.kind === 'busy' ? 'group' : 'status'
    );
    if (said.kind === 'busy') {
      make('span', 'lsp-Spinner', '', place).setAttribute('aria-hidden', 'true');
    }
    const text = make('span', 'lsp-Strip-text', said.text, place);
    if (said.hint) {
      make('span', 'lsp-Strip-hint', said.hint, place);
    }
    const bar = make('span', 'lsp-Progress', '', place);
    const fill = make('div', '', '', bar);
    const parts: Parts = { text, bar, fill, action: said.action };
    if (said.button) {
      const button = make(
        'button',
        'jp-mod-styled lsp-Button',
        said.button,
        place
      ) as HTMLButtonElement;
      button.type = 'button';
      button.addEventListener('click', () => parts.action?.());
    }
    return parts;
  }

  private _retry(): void {
    this._error = null;
    if (this._job?.phase === 'COMPLETED') {
      void this._open();
      this._draw();
    } else {
      void this._start();
    }
  }

  private readonly _strip = document.createElement('div');
  private readonly _empty = document.createElement('div');
  private _job: Job | null = null;
  private _table: TableViewer | null = null;
  private _error: PlatformError | null = null;
  private _removed = false;
  private _opening: AbortController | null = null;
  private _drawn = '';
  private _parts: Parts | null = null;
  private _timer: ReturnType<typeof setInterval> | undefined;
  private readonly _changed = new Signal<this, void>(this);
  private readonly _moved = new Signal<this, void>(this);
  private readonly _requested = new Signal<this, TableRequest>(this);
}
