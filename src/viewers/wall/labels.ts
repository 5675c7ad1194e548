/** What a person said of the rows of a wall: one label a row, a key for each label. */

import { fromRows } from '../ranges';
import type { Ranges } from '../ranges';

/** Labels to begin with, and how many there can be: one for each digit. */
export const USUAL: readonly string[] = ['keep', 'reject', 'unsure'];
export const LABELS = 9;

/** Milliseconds the keyboard must rest before labels are kept. */
const REST = 400;

/** Where labels are kept. */
export type KeepLabel = (name: string, rows: Ranges) => Promise<void>;

interface Step {
  readonly row: number;
  readonly before: string | undefined;
}

/** The labels of rows; those that changed are kept as soon as the keyboard rests. */
export class Labels {
  constructor(
    private readonly _keep: KeepLabel,
    private readonly _changed: () => void
  ) {}

  /** In the order of their keys. */
  get names(): readonly string[] {
    return this._names;
  }

  /** Why they could not be kept. */
  get problem(): unknown {
    return this._problem;
  }

  /** Whether some are not kept yet. */
  get pending(): boolean {
    return this._dirty.size > 0 || this._keeping;
  }

  /** How many rows have one. */
  get size(): number {
    return this._of.size;
  }

  /** The label of a row. */
  of(row: number): string | undefined {
    return this._of.get(row);
  }

  /** Rows of a label. */
  count(name: string): number {
    let found = 0;
    for (const one of this._of.values()) {
      found += Number(one === name);
    }
    return found;
  }

  /** Rows with their labels, in the order of the result. */
  entries(): ReadonlyArray<readonly [number, string]> {
    return [...this._of].sort(([a], [b]) => a - b);
  }

  /** Take over what was kept before. */
  take(kept: ReadonlyMap<string, Ranges>): void {
    this._names = [...new Set([...kept.keys(), ...(kept.size > 0 ? [] : USUAL)])].slice(0, LABELS);
    for (const [name, ranges] of kept) {
      for (const [start, end] of ranges) {
        for (let row = start; row < end; row += 1) {
          this._of.set(row, name);
        }
      }
    }
    this._changed();
  }

  /** One more label; `false` if there is no key left, or it is there already. */
  add(name: string): boolean {
    const text = name.trim();
    if (!text || this._names.includes(text) || this._names.length >= LABELS) {
      return false;
    }
    this._names = [...this._names, text];
    this._changed();
    return true;
  }

  /** Give a row a label, or none; the one it has is taken away. */
  set(row: number, name: string | undefined): void {
    const before = this._of.get(row);
    const after = before === name ? undefined : name;
    if (before !== after) {
      this._steps.push({ row, before });
      this._put(row, after);
    }
  }

  /** Take the last change back; the row it was of, `null` if there was none. */
  undo(): number | null {
    const step = this._steps.pop();
    if (!step) {
      return null;
    }
    this._put(step.row, step.before);
    return step.row;
  }

  /** Keep what is not kept yet. */
  async flush(): Promise<void> {
    clearTimeout(this._timer);
    if (this._keeping) {
      return;
    }
    this._keeping = true;
    while (this._dirty.size > 0) {
      const [name] = this._dirty;
      this._dirty.delete(name);
      const rows = [...this._of].filter(([, one]) => one === name).map(([row]) => row);
      try {
        await this._keep(name, fromRows(rows));
        this._problem = null;
      } catch (reason) {
        this._dirty.add(name);
        this._problem = reason;
        break;
      }
    }
    this._keeping = false;
    this._changed();
  }

  dispose(): void {
    if (this._dirty.size > 0) {
      void this.flush();
    }
  }

  private _put(row: number, name: string | undefined): void {
    for (const one of [this._of.get(row), name]) {
      if (one !== undefined) {
        this._dirty.add(one);
      }
    }
    if (name === undefined) {
      this._of.delete(row);
    } else {
      this._of.set(row, name);
    }
    clearTimeout(this._timer);
    this._timer = setTimeout(() => void this.flush(), REST);
    this._changed();
  }

  private _names: readonly string[] = USUAL;
  private readonly _of = new Map<number, string>();
  private readonly _dirty = new Set<string>();
  private readonly _steps: Step[] = [];
  private _keeping = false;
  private _problem: unknown = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
