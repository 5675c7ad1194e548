/** Asks for the distributions of the columns on screen, and no others. */

import type { ColumnStatistics } from './analysis';
import { isCancelled, reasonText } from './dom';
import type { TableHeader } from './header';
import type { TableModel } from './model';

/** Columns and rows up to which distributions are shown without being asked for. */
const UNASKED = { columns: 200, rows: 2_000_000 } as const;
/** Milliseconds a scroll must rest before they are asked for. */
const REST = 150;

/** Keeps what is known of the distributions above the filters. */
export class Distributions {
  constructor(
    private readonly _model: TableModel,
    private readonly _header: TableHeader,
    private readonly _visible: () => boolean
  ) {}

  /** Whether there can be any. */
  get possible(): boolean {
    return this._model.source.analysis !== undefined && this._model.source.complete;
  }

  /** Whether they are shown. */
  get shown(): boolean {
    return this._shown;
  }

  set shown(wanted: boolean) {
    this._shown = wanted;
    if (!wanted) {
      this._asking?.abort();
      this._asking = null;
    }
    this._header.distributions = wanted ? name => this._known.get(name) ?? null : null;
    this.look();
  }

  /** The rows are complete: show them if that is cheap. */
  begin(): void {
    const { columns, rows } = this._model.source;
    if (
      !this._begun &&
      this.possible &&
      rows > 0 &&
      rows <= UNASKED.rows &&
      columns.length <= UNASKED.columns
    ) {
      this.shown = true;
    }
    this._begun = true;
  }

  /** Ask soon for what has come on screen. */
  look(): void {
    clearTimeout(this._timer);
    if (this._shown) {
      this._timer = setTimeout(() => void this._ask(), REST);
    }
  }

  /** Ask again for what could not be given. */
  retry(): void {
    const failed = [...this._known].filter(([, one]) => typeof one === 'string');
    failed.forEach(([name]) => this._known.delete(name));
    this.look();
  }

  dispose(): void {
    clearTimeout(this._timer);
    this._asking?.abort();
    this._shown = false;
  }

  private async _ask(): Promise<void> {
    const { source, view } = this._model;
    const { derive = [] } = view;
    const key = JSON.stringify(derive);
    if (key !== this._derived) {
      const stored = new Set(source.columns.map(column => column.name));
      [...this._known.keys()].forEach(name => stored.has(name) || this._known.delete(name));
      this._derived = key;
      this._asking?.abort();
      this._asking = null;
    }
    const missing = this._header.onScreen.filter(name => !this._known.has(name));
    if (!source.analysis || missing.length === 0 || !this._shown || !this._visible()) {
      return;
    }
    if (this._asking && this._asked.some(name => missing.includes(name))) {
      return; // The others are asked for when these are there.
    }
    this._asking?.abort();
    const asking = (this._asking = new AbortController());
    this._asked = missing;
    const told = (one: ColumnStatistics): void => {
      this._known.set(one.name, one);
      this._header.refresh();
    };
    try {
      const everything = { sort: [], filter: [], derive };
      await source.analysis.statistics(everything, missing, told, asking.signal);
    } catch (reason) {
      if (!isCancelled(reason) && this._asking === asking) {
        missing.forEach(name => this._known.has(name) || this._known.set(name, reasonText(reason)));
        this._header.refresh();
      }
    }
    if (this._asking === asking) {
      this._asking = null;
      this.look();
    }
  }

  /** Distributions of columns, or why there is none. */
  private readonly _known = new Map<string, ColumnStatistics | string>();
  private _derived = '[]';
  private _shown = false;
  private _begun = false;
  private _asking: AbortController | null = null;
  private _asked: readonly string[] = [];
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
