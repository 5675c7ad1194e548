/** The section where queries are written and run. */

import type { IEditorServices } from '@jupyterlab/codeeditor';
import { ReactWidget } from '@jupyterlab/ui-components';
import { Signal } from '@lumino/signaling';
import { Panel } from '@lumino/widgets';
import * as React from 'react';

import { asPlatformError } from '../api/errors';
import type { PlatformError } from '../api/errors';
import { isActive } from '../api/models';
import type { Job } from '../api/models';
import { runIcon, stopIcon } from '../icons';
import { Advice, estimateText } from '../state/advice';
import { parseMaxrec } from '../state/maxrec';
import type { IPlatform } from '../tokens';
import { AdqlEditor } from './editor';
import { showExplanation } from './explanation';
import { jobFacts } from './jobs';
import { ADQL_MODE, ModeBar } from './modes';
import type { QueryMode } from './modes';
import { Head } from './query_head';
import { ServicePicker } from './services';

/** Milliseconds between two updates of the elapsed time. */
const TICK = 200;

/** What the form around the editor shows. */
interface FormState {
  readonly maxrec: string;
  readonly submitting: boolean;
  readonly error: PlatformError | null;
  /** The job that was run last from here. */
  readonly job: string;
}

/** Editor, examples, row limit, Run button, and what became of the last run. */
export class QuerySection extends Panel {
  constructor(
    private readonly _platform: IPlatform,
    services: IEditorServices
  ) {
    super();
    this.addClass('lsp-Section');
    this.addClass('lsp-QuerySection');
    this.title.label = 'Query';
    this.editor = new AdqlEditor(services, {
      run: () => void this.run(),
      format: () => void this.format(),
      // Of an outside service only itself knows what there is.
      complete: (adql, offset, signal) =>
        _platform.services.chosen
          ? Promise.resolve({ start: offset, end: offset, more: false, candidates: [] })
          : _platform.client.complete(adql, offset, signal)
    });
    this.advice = new Advice(_platform.client);
    this.advice.changed.connect(() => this._advise());
    this._head = new Part(this, () => <Head section={this} />, 'lsp-Query-head');
    this.addWidget(new ModeBar(this));
    this.addWidget(this._head);
    this._place = new Part(
      this,
      () => (
        <ServicePicker
          services={_platform.services}
          showTables={() => this._tablesAsked.emit(undefined)}
        />
      ),
      'lsp-Query-services'
    );
    this.addWidget(this._place);
    this.addWidget(this.editor);
    this.addWidget(new Part(this, () => <Controls section={this} />, 'lsp-Query-foot'));
    this.editor.model.sharedModel.changed.connect(() => {
      if (this._state.error) {
        this.update_({ error: null });
      }
      this._consider();
      this._edited.emit(this.editor.text);
    });
    _platform.catalog.changed.connect(() => this._begin());
    this._begin();
    _platform.jobs.changed.connect(() => this._changed.emit(undefined));
    _platform.services.changed.connect(() => {
      this.editor.unmark();
      this._consider();
      this._changed.emit(undefined);
    });
    _platform.settings.changed.connect(() => this._useSettings());
    this._useSettings();
  }

  readonly editor: AdqlEditor;
  readonly advice: Advice;

  get platform(): IPlatform {
    return this._platform;
  }

  get state(): FormState {
    return this._state;
  }

  /** Ways to write the query: the editor, and what was added. */
  get modes(): readonly Pick<QueryMode, 'id' | 'label'>[] {
    return [...this._modes, { id: ADQL_MODE, label: 'ADQL' }];
  }

  /** The way that is shown. */
  get mode(): string {
    return this._mode?.id ?? ADQL_MODE;
  }

  /** Add a way to write the query; its tab stands left of "ADQL". */
  addMode(mode: QueryMode): void {
    this._modes.push(mode);
    mode.widget.hide();
    mode.changed?.connect(() => this._follow(mode));
    this.insertWidget(this.widgets.indexOf(this.editor) + 1, mode.widget);
    this._changed.emit(undefined);
  }

  /** Show another way; the query goes along. */
  setMode(id: string): void {
    const next = this._modes.find(mode => mode.id === id) ?? null;
    if (next === this._mode) {
      return;
    }
    this._takeQuery();
    this._mode?.widget.hide();
    this._mode = next;
    this._head.setHidden(next !== null);
    this._place.setHidden(next !== null && !next.outside);
    this.editor.setHidden(next !== null);
    next?.widget.show();
    next?.enter?.(this.editor.text);
    this._consider();
    this._changed.emit(undefined);
  }

  /** The form shows something else. */
  get changed(): Signal<this, void> {
    return this._changed;
  }

  /** The query was edited. */
  get edited(): Signal<this, string> {
    return this._edited;
  }

  /** A query was accepted. */
  get submitted(): Signal<this, Job> {
    return this._submitted;
  }

  /** The tables of the chosen service are asked for. */
  get tablesAsked(): Signal<this, void> {
    return this._tablesAsked;
  }

  /** Put a query into the editor. */
  setQuery(text: string): void {
    this._touched = true;
    this._mode?.widget.hide();
    this._mode = null;
    this._head.show();
    this._place.show();
    this.editor.show();
    this.editor.text = text;
    this.editor.editor.focus();
    this._changed.emit(undefined);
  }

  /** Change the row limit. */
  setMaxrec(text: string): void {
    this.update_({ maxrec: text });
    this._consider();
  }

  /** Lay the query out anew. */
  async format(): Promise<void> {
    const before = this.editor.text;
    try {
      const width = Math.max(40, this.editor.columns);
      const text = await this._platform.client.format(before, width);
      if (this.editor.text === before) {
        this.editor.replaceAll(text);
      }
    } catch (reason) {
      this._fail(asPlatformError(reason));
    }
  }

  /** Tell the query in words. */
  async explain(): Promise<void> {
    try {
      showExplanation(await this._platform.client.explain(this.editor.text));
    } catch (reason) {
      this._fail(asPlatformError(reason));
    }
  }

  /** Run what is in the editor. */
  async run(): Promise<Job | null> {
    const problem = this._mode?.problem?.() ?? null;
    if (problem) {
      this._fail(problem);
      return null;
    }
    this._takeQuery();
    const adql = this.editor.text;
    if (this._state.submitting || adql.trim() === '') {
      return null;
    }
    const maxrec = this._state.maxrec.trim();
    this.advice.stop();
    this.editor.unmark();
    this.update_({ submitting: true, error: null, job: '' });
    try {
      const limit = maxrec === '' ? undefined : parseMaxrec(maxrec);
      const here = this._mode !== null && !this._mode.outside;
      const service = here ? undefined : this._platform.services.chosen?.name;
      const job = await this._platform.jobs.submit({ adql, maxrec: limit, service });
      this.update_({ submitting: false, job: job.id });
      this._submitted.emit(job);
      return job;
    } catch (reason) {
      this._fail(asPlatformError(reason));
      return null;
    }
  }

  override dispose(): void {
    this.advice.dispose();
    Signal.clearData(this);
    super.dispose();
  }

  /** Fill in the first example, unless a person wrote something. */
  private _begin(): void {
    const [first] = this._platform.catalog.examples;
    if (first && this.editor.text.trim() === '' && !this._touched) {
      this.editor.text = first.adql;
    }
    this._changed.emit(undefined);
  }

  /** Ask what the server says of the query, soon. */
  private _consider(): void {
    let maxrec: number | undefined;
    try {
      maxrec = parseMaxrec(this._state.maxrec || '0') || undefined;
    } catch {
      // It is told when the query is run.
    }
    this._considered = this._text();
    const here = this._mode !== null && !this._mode.outside;
    if (this._platform.services.chosen && !here) {
      this.advice.stop();
    } else {
      this.advice.consider(this._considered, maxrec);
    }
  }

  /** The query that would run; empty if there is none. */
  private _text(): string {
    return this._mode?.problem?.() ? '' : (this._mode?.query() ?? this.editor.text);
  }

  /** A form may say something else. */
  private _follow(mode: QueryMode): void {
    if (mode === this._mode && this._text() !== this._considered) {
      if (this._state.error) {
        this.update_({ error: null });
      }
      this._consider();
    }
  }

  /** Underline what is wrong, without moving anything. */
  private _advise(): void {
    const { error } = this.advice;
    if (error && !this._state.error && !this._mode) {
      this.editor.mark(error.line, error.column, error.length, error.message, false);
    }
    this._changed.emit(undefined);
  }

  /** Write what the form says into the editor. */
  private _takeQuery(): void {
    const text = this._mode?.query() ?? null;
    if (text !== null && text !== this.editor.text) {
      this._touched = true;
      this.editor.text = text;
    }
  }

  private _fail(error: PlatformError): void {
    this.update_({ submitting: false, error });
    if (error.placed) {
      this.editor.mark(error.line, error.column, error.length, error.message);
    }
  }

  private update_(change: Partial<FormState>): void {
    this._state = { ...this._state, ...change };
    this._changed.emit(undefined);
  }

  private _useSettings(): void {
    const { maxrec, editorFontSize } = this._platform.settings.current;
    this.editor.editor.setOptions({
      fontSize: editorFontSize || null,
      lineNumbers: false,
      lineWrap: true
    });
    if (maxrec !== this._maxrec) {
      this._maxrec = maxrec;
      this.update_({ maxrec: maxrec ? String(maxrec) : '' });
    }
  }

  private _state: FormState = { maxrec: '', submitting: false, error: null, job: '' };
  private readonly _head: Part;
  private readonly _place: Part;
  private readonly _modes: QueryMode[] = [];
  private _mode: QueryMode | null = null;
  private _touched = false;
  private _maxrec = -1;
  private _considered = '';
  private readonly _changed = new Signal<this, void>(this);
  private readonly _edited = new Signal<this, string>(this);
  private readonly _tablesAsked = new Signal<this, void>(this);
  private readonly _submitted = new Signal<this, Job>(this);
}

/** One React part of the section, drawn again when the section changes. */
class Part extends ReactWidget {
  constructor(
    section: QuerySection,
    private readonly _draw: () => JSX.Element,
    className: string
  ) {
    super();
    this.addClass(className);
    section.changed.connect(() => this.update());
  }

  protected override render(): JSX.Element {
    return this._draw();
  }
}

function Failure({ section, error }: { section: QuerySection; error: PlatformError }): JSX.Element {
  return (
    <div className="lsp-Query-error" role="alert">
      {error.placed && (
        <button
          type="button"
          className="lsp-Link"
          title="Go there"
          onClick={() => {
            section.setMode(ADQL_MODE);
            section.editor.goTo(error.line, error.column);
          }}
        >
          Line {error.line}, column {error.column}
        </button>
      )}
      <span className="lsp-Query-message">{error.message}</span>
      {error.hint && <span className="lsp-Query-hint">{error.hint}</span>}
    </div>
  );
}

/** What the server says of a query that is being written. */
function adviceText(advice: Advice): string {
  const { error, estimate } = advice;
  if (error) {
    return [error.message, error.hint].filter(Boolean).join(' ');
  }
  return estimate ? estimateText(estimate) : '';
}

/** What became of the last run. */
function Status({ section }: { section: QuerySection }): JSX.Element {
  const { jobs } = section.platform;
  const { job: id, submitting } = section.state;
  const [, tick] = React.useReducer((n: number) => n + 1, 0);
  const job = id ? jobs.get(id) : undefined;
  const running = job !== undefined && isActive(job);
  React.useEffect(() => {
    if (!running) {
      return undefined;
    }
    const timer = setInterval(tick, TICK);
    return () => clearInterval(timer);
  }, [running]);
  const { advice, state } = section;
  const said = submitting || running || state.error ? '' : adviceText(advice);
  const text = submitting ? 'Sending…' : said || (job ? jobFacts(job, jobs.elapsed(job)) : '');
  const phase = said ? (advice.error ? 'ADVICE' : '') : job?.phase;
  const title = said && advice.error ? advice.error.hint || said : text;
  return (
    <div className="lsp-Query-status" data-phase={phase}>
      <span role="status" title={title}>
        {text}
      </span>
      {running && (
        <button
          type="button"
          className="lsp-IconButton"
          title="Cancel this query"
          aria-label="Cancel this query"
          onClick={() => void jobs.abort(job.id)}
        >
          <stopIcon.react tag="span" />
        </button>
      )}
    </div>
  );
}

function Controls({ section }: { section: QuerySection }): JSX.Element {
  const { maxrec, submitting, error } = section.state;
  return (
    <>
      {error && <Failure section={section} error={error} />}
      <div className="lsp-Query-controls">
        <button
          type="button"
          className="jp-mod-styled jp-mod-accept lsp-Button lsp-Run"
          title="Run the query (Shift+Enter or Ctrl+Enter)"
          disabled={submitting}
          onClick={() => void section.run()}
        >
          <runIcon.react tag="span" className="lsp-Run-icon" />
          Run
        </button>
        <label
          className="lsp-Maxrec"
          title="Rows of the result at most; empty for the limit of the server"
        >
          <span>Max rows</span>
          <input
            type="text"
            inputMode="numeric"
            className="lsp-Input"
            aria-label="Max rows"
            placeholder="no limit"
            value={maxrec}
            onChange={event => section.setMaxrec(event.target.value)}
          />
        </label>
      </div>
      <Status section={section} />
    </>
  );
}
