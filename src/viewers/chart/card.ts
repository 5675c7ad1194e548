/** The card of the row under the pointer. */

import { ROW } from '../source';
import { cellText, formatOf } from '../cells';
import type { ChartSource } from './source';

/** Milliseconds the pointer rests before the row is read. */
const REST = 120;
/** Columns on the card, and characters of a value. */
const COLUMNS = 14;
const VALUE = 60;

/** Shows the values of one row, as text. */
export class ChartCard {
  constructor(private readonly _parent: HTMLElement) {
    this._node.className = 'lsp-Card lsp-Chart-card';
    this._node.setAttribute('role', 'tooltip');
    this._node.hidden = true;
    _parent.append(this._node);
  }

  /** Show a row beside a place of the chart, as soon as the pointer rests. */
  show(source: ChartSource, row: number, x: number, y: number): void {
    const key = `${source.id} ${row}`;
    if (key === this._key) {
      return;
    }
    this.hide();
    this._key = key;
    this._resting = setTimeout(() => void this._read(source, row, x, y), REST);
  }

  hide(): void {
    clearTimeout(this._resting);
    this._reading?.abort();
    this._key = '';
    this._node.hidden = true;
  }

  dispose(): void {
    this.hide();
    this._node.remove();
  }

  private async _read(source: ChartSource, row: number, x: number, y: number): Promise<void> {
    const key = this._key;
    this._reading = new AbortController();
    try {
      const { table } = await source.row(row, this._reading.signal);
      if (key !== this._key) {
        return;
      }
      this._fill(source, row, name => {
        const vector = table.getChild(name);
        return vector ? cellText(vector, 0, formatOf(vector)) : '';
      });
      this._place(x, y);
    } catch {
      // Without its row there is no card.
    }
  }

  private _fill(source: ChartSource, row: number, value: (name: string) => string): void {
    const list = document.createElement('dl');
    list.className = 'lsp-Card-facts';
    const columns = source.columns.filter(one => one.name !== ROW);
    for (const column of columns.slice(0, COLUMNS)) {
      const name = document.createElement('dt');
      name.textContent = column.name;
      const text = document.createElement('dd');
      const shown = value(column.name);
      text.textContent = shown.length > VALUE ? `${shown.slice(0, VALUE)}…` : shown;
      if (column.unit && shown) {
        text.textContent += ` ${column.unit}`;
      }
      list.append(name, text);
    }
    const head = document.createElement('div');
    head.className = 'lsp-Card-kind';
    const more = columns.length - COLUMNS;
    head.textContent = `Row ${(row + 1).toLocaleString('en')}${more > 0 ? `, ${more} more columns` : ''}`;
    this._node.replaceChildren(head, list);
  }

  private _place(x: number, y: number): void {
    this._node.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this._node;
    const { clientWidth, clientHeight } = this._parent;
    const left = x + 14 + width > clientWidth ? x - 14 - width : x + 14;
    const top = Math.min(y + 8, clientHeight - height - 4);
    this._node.style.left = `${Math.max(4, left)}px`;
    this._node.style.top = `${Math.max(4, top)}px`;
  }

  private readonly _node = document.createElement('div');
  private _key = '';
  private _resting: ReturnType<typeof setTimeout> | undefined;
  private _reading: AbortController | null = null;
}
