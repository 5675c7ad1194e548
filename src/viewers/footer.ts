/** The line under a table: which rows, what view, how many selected. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

/** What the line says. */
export interface FooterState {
  /** First and last row on screen, from 1; `null` when there is none. */
  readonly shown: readonly [number, number] | null;
  readonly rows: number;
  /** Rows of the result without filters. */
  readonly total: number;
  readonly complete: boolean;
  readonly sort: readonly (readonly [string, 'asc' | 'desc'])[];
  readonly filters: readonly string[];
  /** Conditions of ADQL, and the subset that is shown alone. */
  readonly where?: readonly string[];
  readonly subset?: string;
  readonly selected: number;
  readonly busy: string;
  /** Whether what it is busy with can be given up. */
  readonly cancel?: boolean;
  readonly error: string;
  /** Whether trying again may help. */
  readonly retry: boolean;
}

/** What a person asked for in it. */
export type FooterRequest =
  'unsort' | 'unfilter' | 'unwhere' | 'unsubset' | 'unselect' | 'retry' | 'cancel';

/** A number as people write it. */
export function grouped(value: number): string {
  return value.toLocaleString('en');
}

/** How many rows, in words: `1 row`, `12,000 rows`. */
export function rowCount(value: number): string {
  return `${grouped(value)} ${value === 1 ? 'row' : 'rows'}`;
}

/** The main text of the line. */
export function rowsText(state: FooterState): string {
  let text = rowCount(state.rows);
  if (state.filters.length > 0 || state.where?.length || state.subset) {
    text += ` (${grouped(state.total)} in all)`;
  }
  if (!state.complete) {
    text += ' so far';
  }
  if (!state.shown) {
    return text;
  }
  return `${grouped(state.shown[0])}–${grouped(state.shown[1])} of ${text}`;
}

/** The line itself. */
export class TableFooter {
  constructor() {
    this.node.className = 'lsp-Foot';
    this._rows.className = 'lsp-Foot-rows';
    this._chips.className = 'lsp-Foot-chips';
    this._message.className = 'lsp-Foot-message';
    this.node.append(this._rows, this._chips, this._message);
  }

  readonly node = document.createElement('div');

  get requested(): ISignal<this, FooterRequest> {
    return this._requested;
  }

  /** Say something else. */
  set(state: FooterState): void {
    const rows = rowsText(state);
    if (this._rows.textContent !== rows) {
      this._rows.textContent = rows;
    }
    const chips: [string, string, FooterRequest][] = [];
    if (state.sort.length > 0) {
      const keys = state.sort.map(([name, order]) => `${name} ${order === 'asc' ? '▲' : '▼'}`);
      chips.push([`sorted by ${keys.join(', ')}`, 'Back to the order of the result', 'unsort']);
    }
    if (state.filters.length > 0) {
      chips.push([`filtered by ${state.filters.join(', ')}`, 'Clear all filters', 'unfilter']);
    }
    if (state.where && state.where.length > 0) {
      chips.push([`where ${state.where.join(' and ')}`, 'Remove these conditions', 'unwhere']);
    }
    if (state.subset) {
      chips.push([`subset ${state.subset}`, 'Show all rows again', 'unsubset']);
    }
    if (state.selected > 0) {
      chips.push([`${grouped(state.selected)} selected`, 'Clear the selection', 'unselect']);
    }
    const key = JSON.stringify(chips);
    if (key !== this._key) {
      this._key = key;
      this._chips.replaceChildren(...chips.map(chip => this._chip(...chip)));
    }
    const message = state.error || state.busy;
    const offer = state.error && state.retry ? 'retry' : state.busy && state.cancel ? 'cancel' : '';
    if (this._message.dataset.offer !== offer || !this._message.firstChild) {
      this._message.dataset.offer = offer;
      const text = document.createElement('span');
      text.className = 'lsp-Foot-text';
      this._message.replaceChildren(text);
      if (offer) {
        const button = document.createElement('button');
        button.type = 'button';
        button.className = 'lsp-Foot-retry';
        button.textContent = offer === 'retry' ? 'Try again' : 'Cancel';
        button.addEventListener('click', () => this._requested.emit(offer));
        this._message.append(button);
      }
    }
    const text = this._message.firstElementChild as HTMLElement;
    if (text.textContent !== message) {
      text.textContent = message;
      text.title = message;
    }
    this._message.classList.toggle('lsp-mod-error', state.error !== '');
  }

  dispose(): void {
    Signal.clearData(this);
  }

  private _chip(text: string, title: string, request: FooterRequest): HTMLElement {
    const chip = document.createElement('span');
    chip.className = 'lsp-Chip';
    const label = document.createElement('span');
    label.className = 'lsp-Chip-text';
    label.textContent = text;
    label.title = text;
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'lsp-Chip-remove';
    button.title = title;
    button.setAttribute('aria-label', title);
    button.textContent = '×';
    button.addEventListener('click', () => this._requested.emit(request));
    chip.append(label, button);
    return chip;
  }

  private readonly _rows = document.createElement('span');
  private readonly _chips = document.createElement('span');
  private readonly _message = document.createElement('span');
  private _key = '';
  private readonly _requested = new Signal<this, FooterRequest>(this);
}
