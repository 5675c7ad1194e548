/** What a person asked to see of a table, and what is on screen of it. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { parseFilter } from './filters';
import type { TableModel } from './model';
import { EVERYTHING, toView, withFilter, withoutDerived } from './shown';
import type { Shown } from './shown';
import type { DerivedColumn, SortKey, TableView } from './source';

/** Brings what is wanted to the screen; what cannot be is taken back. */
export class Showing {
  constructor(private readonly _model: TableModel) {}

  /** Something else is wanted, or is on screen. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** What is on screen, or being made. */
  get wanted(): Shown {
    return this._wanted;
  }

  /** The same, as it travels. */
  get view(): TableView {
    return toView(this._wanted);
  }

  /** Show something; resolves to whether it is on screen. */
  async set(shown: Shown): Promise<boolean> {
    this._wanted = shown;
    this._changed.emit(undefined);
    const done = await this._model.setView(toView(shown));
    if (done) {
      this._good = shown;
    } else if (this._wanted === shown) {
      this._wanted = this._good;
    }
    this._changed.emit(undefined);
    return done;
  }

  /** Change some parts of it. */
  change(parts: Partial<Shown>): Promise<boolean> {
    return this.set({ ...this._wanted, ...parts });
  }

  /** How a column is sorted. */
  order(name: string): 'asc' | 'desc' | undefined {
    return this._wanted.sort.find(([key]) => key === name)?.[1];
  }

  /** Sort by a column alone, or besides the others; `undefined` for not by it. */
  sort(name: string, order: 'asc' | 'desc' | undefined, add: boolean): Promise<boolean> {
    const key: SortKey[] = order ? [[name, order]] : [];
    if (!add) {
      return this.change({ sort: key });
    }
    const { sort } = this._wanted;
    const place = sort.findIndex(([other]) => other === name);
    const rest = sort.filter(([other]) => other !== name);
    rest.splice(place < 0 ? rest.length : place, 0, ...key);
    return this.change({ sort: rest });
  }

  /**
   * Filter a column by a typed expression; blank clears it.
   *
   * Throws `FilterError` if it cannot be understood.
   */
  filter(column: string, text: string): Promise<boolean> {
    const conditions = parseFilter(column, text, this._model.kind(column));
    return this.set(withFilter(this._wanted, column, text ? { text, conditions } : null));
  }

  /** Remove every filter typed above a column. */
  unfilter(): Promise<boolean> {
    return this.change({ filters: EVERYTHING.filters });
  }

  /** Add a computed column, or put it in the place of another. */
  derive(column: DerivedColumn, replaced = ''): Promise<boolean> {
    const { derive } = this._wanted;
    const place = derive.findIndex(([name]) => name === replaced);
    const changed = [...derive];
    changed.splice(place < 0 ? derive.length : place, place < 0 ? 0 : 1, column);
    const renamed = replaced !== '' && replaced !== column[0];
    const base = renamed ? withoutDerived(this._wanted, replaced) : this._wanted;
    return this.set({ ...base, derive: changed });
  }

  /** Remove a computed column. */
  underive(name: string): Promise<boolean> {
    return this.set(withoutDerived(this._wanted, name));
  }

  dispose(): void {
    Signal.clearData(this);
  }

  private _wanted: Shown = EVERYTHING;
  private _good: Shown = EVERYTHING;
  private readonly _changed = new Signal<this, void>(this);
}
