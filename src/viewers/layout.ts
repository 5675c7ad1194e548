/** Which columns of a table are shown, in which order, and which stay in place. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

/** A layout as it is stored. */
export interface LayoutState {
  /** Names in their order. */
  readonly order?: readonly string[];
  readonly hidden?: readonly string[];
  /** So many of those shown stay in place when the rest is scrolled. */
  readonly frozen?: number;
}

/** Columns that stay in place at most: more would leave no room for the others. */
export const FROZEN_MAX = 8;

/** The columns of one table. */
export class ColumnLayout {
  constructor(names: readonly string[]) {
    this._names = [...names];
    this._order = [...names];
  }

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** All columns in order, hidden ones too. */
  get order(): readonly string[] {
    return this._order;
  }

  /** Those that are shown, in order. */
  get shown(): readonly string[] {
    return this._order.filter(name => !this._hidden.has(name));
  }

  /** How many of those shown stay in place. */
  get frozen(): number {
    return Math.min(this._frozen, Math.max(0, this.shown.length - 1));
  }

  /** Whether everything is as it was in the result. */
  get isPlain(): boolean {
    return (
      this._hidden.size === 0 &&
      this._frozen === 0 &&
      this._order.every((name, i) => name === this._names[i])
    );
  }

  /** What to store of it; nothing if it is plain. */
  get state(): LayoutState {
    if (this.isPlain) {
      return {};
    }
    return { order: this._order, hidden: [...this._hidden], frozen: this._frozen };
  }

  isShown(name: string): boolean {
    return !this._hidden.has(name);
  }

  /** Take over other columns: new ones come last, those that are gone go. */
  setNames(names: readonly string[]): void {
    if (names.length === this._names.length && names.every((name, i) => name === this._names[i])) {
      return;
    }
    const known = new Set(this._names);
    const there = new Set(names);
    this._names = [...names];
    this._order = [
      ...this._order.filter(name => there.has(name)),
      ...names.filter(name => !known.has(name) && !this._order.includes(name))
    ];
    this._hidden = new Set([...this._hidden].filter(name => there.has(name)));
    this._tell();
  }

  /** Take over a stored layout, as far as it fits. */
  restore(state: LayoutState): void {
    const there = new Set(this._names);
    const order = [...new Set(state.order ?? [])].filter(name => there.has(name));
    const placed = new Set(order);
    this._order = [...order, ...this._names.filter(name => !placed.has(name))];
    this._hidden = new Set((state.hidden ?? []).filter(name => there.has(name)));
    this._frozen = Math.max(0, Math.min(FROZEN_MAX, Math.floor(Number(state.frozen) || 0)));
    this._keepOne();
    this._tell();
  }

  /** Show or hide columns; the last one shown stays. */
  show(names: Iterable<string>, shown: boolean): void {
    for (const name of names) {
      if (shown) {
        this._hidden.delete(name);
      } else {
        this._hidden.add(name);
      }
    }
    this._keepOne();
    this._tell();
  }

  /** Put a column before another, or at the end. */
  move(name: string, before: string | null): void {
    if (name === before || !this._order.includes(name)) {
      return;
    }
    const rest = this._order.filter(other => other !== name);
    const place = before === null ? rest.length : rest.indexOf(before);
    rest.splice(place < 0 ? rest.length : place, 0, name);
    this._order = rest;
    this._tell();
  }

  /** Move a column by some places among all of them. */
  shift(name: string, by: number): void {
    const from = this._order.indexOf(name);
    const to = Math.max(0, Math.min(this._order.length - 1, from + by));
    if (from >= 0 && to !== from) {
      this._order.splice(from, 1);
      this._order.splice(to, 0, name);
      this._tell();
    }
  }

  /** Keep so many of the columns shown in place. */
  freeze(columns: number): void {
    this._frozen = Math.max(0, Math.min(FROZEN_MAX, columns));
    this._tell();
  }

  /** Everything as in the result. */
  reset(): void {
    this._order = [...this._names];
    this._hidden.clear();
    this._frozen = 0;
    this._tell();
  }

  dispose(): void {
    Signal.clearData(this);
  }

  private _keepOne(): void {
    if (this._order.length > 0 && this._order.every(name => this._hidden.has(name))) {
      this._hidden.delete(this._order[0]);
    }
  }

  private _tell(): void {
    this._changed.emit(undefined);
  }

  private _names: string[];
  private _order: string[];
  private _hidden = new Set<string>();
  private _frozen = 0;
  private readonly _changed = new Signal<this, void>(this);
}
