/** Results by the id of their job: one source for every viewer of it. */

import type { Client } from '../api/client';
import { isAbort } from '../api/errors';
import type { EventChannel } from '../api/events';
import type { EventMessage, Job, Ranges, ResultInfo, Selection, View } from '../api/models';
import type { OtherTable } from '../viewers/analysis';
import type { RowBlock, RowSource, SourceChange } from '../viewers/source';
import { PortalAnalysis } from './analysis';
import { firstTable } from './code';
import type { JobsModel } from './jobs';

/** A result on the server as the source of a table viewer. */
export class PortalSource implements RowSource {
  constructor(
    private readonly _client: Client,
    private _info: ResultInfo,
    private _selection: Selection,
    others: () => readonly OtherTable[] = () => []
  ) {
    this.analysis = new PortalAnalysis(
      _client,
      _info.id,
      firstTable(_info.query) || 'result',
      () => this._tell('subsets'),
      others
    );
  }

  readonly analysis: PortalAnalysis;

  get id(): string {
    return this._info.id;
  }

  get info(): ResultInfo {
    return this._info;
  }

  get columns(): ResultInfo['columns'] {
    return this._info.columns;
  }

  get rows(): number {
    return this._info.rows;
  }

  get complete(): boolean {
    return this._info.complete;
  }

  get overflow(): boolean {
    return this._info.overflow;
  }

  get selection(): Selection {
    return this._selection;
  }

  fetch(start: number, count: number, view: View, signal: AbortSignal): Promise<RowBlock> {
    return this._client.rows(this.id, start, count, view, signal);
  }

  async whole(
    row: number,
    column: string,
    view: View,
    signal: AbortSignal
  ): Promise<RowBlock['table']> {
    return (await this._client.rows(this.id, row, 1, view, signal, column)).table;
  }

  async select(ranges: Ranges, view: View): Promise<void> {
    this.take(await this._client.select(this.id, ranges, view));
  }

  onChange(callback: (change: SourceChange) => void): () => void {
    this._callbacks.add(callback);
    return () => this._callbacks.delete(callback);
  }

  /** Take over a newer selection. */
  take(selection: Selection): void {
    if (selection.revision > this._selection.revision) {
      this._selection = selection;
      this._tell('selection');
    }
  }

  /** Read the selection again, if there is a newer one. */
  async reselect(revision = Infinity): Promise<void> {
    if (revision > this._selection.revision) {
      this.take(await this._client.selection(this.id));
    }
  }

  /** Take over how far its job came. */
  follow(job: Job): void {
    const complete = job.phase === 'COMPLETED';
    const rows = Math.max(job.rows, complete ? 0 : this.rows);
    if (this.complete || (rows === this.rows && !complete)) {
      return;
    }
    this._info = { ...this._info, rows, size: job.size, complete, overflow: job.overflow };
    this._tell('rows');
  }

  private _tell(change: SourceChange): void {
    for (const callback of [...this._callbacks]) {
      callback(change);
    }
  }

  private readonly _callbacks = new Set<(change: SourceChange) => void>();
}

/** Opens results and keeps them up to date. */
export class ResultsModel {
  constructor(
    private readonly _client: Client,
    channel: EventChannel,
    private readonly _jobs: JobsModel
  ) {
    channel.message.connect(this._onMessage, this);
    channel.missed.connect(() => {
      for (const source of this._sources.values()) {
        this._quietly(source.reselect());
      }
    });
    _jobs.changed.connect((jobsModel, change) => {
      const jobs = change.job ? [change.job] : jobsModel.list;
      jobs.forEach(job => this._sources.get(job.id)?.follow(job));
    });
  }

  /** Open the result of a job. */
  async open(id: string, signal?: AbortSignal): Promise<PortalSource> {
    const known = this._sources.get(id);
    if (known) {
      return known;
    }
    const [info, selection] = await Promise.all([
      this._client.result(id, signal),
      this._client.selection(id)
    ]);
    const source =
      this._sources.get(id) ??
      new PortalSource(this._client, info, selection, () => this._others(id));
    this._sources.set(id, source);
    const job = this._jobs.get(id);
    if (job) {
      source.follow(job);
    }
    return source;
  }

  /** Forget a result nobody looks at any more. */
  close(id: string): void {
    this._sources.delete(id);
  }

  /** The other results that are open and finished. */
  private _others(id: string): OtherTable[] {
    return [...this._sources.values()]
      .filter(source => source.id !== id && source.complete)
      .map(({ id: other, rows, columns, info }) => {
        const name = this._jobs.get(other)?.run_id || firstTable(info.query) || 'Result';
        return { id: other, name, rows, columns };
      });
  }

  private _onMessage(_: EventChannel, message: EventMessage): void {
    const source = message.id ? this._sources.get(message.id) : undefined;
    if (source && message.topic === 'selection') {
      this._quietly(source.reselect(Number(message.state?.revision ?? Infinity)));
    } else if (source && message.topic === 'subsets' && source.analysis.known) {
      this._quietly(source.analysis.loadSubsets());
    }
  }

  /** A selection that cannot be read now is read with the next event. */
  private _quietly(done: Promise<void>): void {
    done.catch(reason => {
      if (!isAbort(reason)) {
        console.warn('lsp-jupyter: the selection could not be read', reason);
      }
    });
  }

  private readonly _sources = new Map<string, PortalSource>();
}
