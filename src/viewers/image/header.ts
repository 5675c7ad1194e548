/** The headers of a file as a sheet that is searched. */

import { element, isCancelled, reasonText } from '../dom';
import type { HeaderPart } from './source';

/** Cards that are shown at once. */
const MOST = 2_000;

/** The sheet. */
export class HeaderSheet {
  constructor(private readonly _read: (signal: AbortSignal) => Promise<readonly HeaderPart[]>) {
    this.node.className = 'lsp-Image-header';
    this.node.setAttribute('role', 'region');
    this.node.setAttribute('aria-label', 'Header');
    this._search = element('input', 'lsp-Input', this.node);
    this._search.type = 'search';
    this._search.placeholder = 'Search the header';
    this._search.setAttribute('aria-label', 'Search the header');
    this._search.addEventListener('input', () => this._fill());
    this._search.addEventListener('keydown', event => event.stopPropagation());
    this._note = element('div', 'lsp-Panel-note', this.node);
    this._note.setAttribute('role', 'status');
    this._list = element('div', 'lsp-Image-cards', this.node);
  }

  readonly node = document.createElement('div');

  /** Read the header, once. */
  open(): void {
    if (this._parts) {
      return;
    }
    this._note.textContent = 'Reading the header…';
    this._read(this._reading.signal)
      .then(parts => {
        this._parts = parts;
        this._fill();
      })
      .catch((reason: unknown) => {
        if (!isCancelled(reason)) {
          this._note.textContent = reasonText(reason);
        }
      });
  }

  dispose(): void {
    this._reading.abort();
  }

  private _fill(): void {
    const words = this._search.value.toLowerCase().split(/\s+/).filter(Boolean);
    let left = MOST;
    let found = 0;
    this._list.replaceChildren();
    for (const part of this._parts ?? []) {
      const cards = part.cards.filter(({ keyword, value, comment }) => {
        const text = `${keyword} ${value ?? ''} ${comment ?? ''}`.toLowerCase();
        return words.every(word => text.includes(word));
      });
      found += cards.length;
      if (cards.length === 0 || left <= 0) {
        continue;
      }
      element('h4', 'lsp-Panel-title', this._list, `${part.index} ${part.name}`.trim());
      const table = element('dl', '', this._list);
      for (const { keyword, value, comment } of cards.slice(0, left)) {
        element('dt', '', table, keyword).title = comment ?? '';
        element('dd', '', table, `${value ?? comment ?? ''}`).title = comment ?? '';
      }
      left -= cards.length;
    }
    this._note.textContent =
      found > MOST ? `${found} cards, the first ${MOST} are shown` : `${found} cards`;
  }

  private readonly _search: HTMLInputElement;
  private readonly _note: HTMLElement;
  private readonly _list: HTMLElement;
  private readonly _reading = new AbortController();
  private _parts: readonly HeaderPart[] | null = null;
}
