/** One stamp on a wall. */

import { element } from '../dom';
import type { Stamp } from './stamps';

/** What a tile says. */
export interface TileState {
  readonly id: string;
  readonly caption: string;
  readonly stamp: Stamp | undefined;
  /** Its label and the place of that among the labels. */
  readonly label: string | undefined;
  readonly key: number;
  readonly selected: boolean;
  readonly current: boolean;
  readonly place: number;
  readonly count: number;
}

/** Its elements. */
export class Tile {
  constructor(parent: HTMLElement) {
    this.node = element('div', 'lsp-Wall-tile', parent);
    this.node.setAttribute('role', 'option');
    this._frame = element('div', 'lsp-Wall-frame', this.node);
    this._picture = element('img', 'lsp-Wall-picture', this._frame);
    this._picture.alt = '';
    this._picture.draggable = false;
    this._told = element('div', 'lsp-Wall-told', this._frame);
    this._label = element('span', 'lsp-Wall-chip', this._frame);
    this._caption = element('div', 'lsp-Wall-caption', this.node);
  }

  readonly node: HTMLElement;

  /** Show it as it is. */
  show(state: TileState): void {
    const { stamp, label, caption, selected, current } = state;
    this.node.id = state.id;
    if (stamp !== this._stamp) {
      this._stamp = stamp;
      this._forget();
      if (stamp?.picture) {
        this._url = URL.createObjectURL(stamp.picture);
        this._picture.src = this._url;
      } else {
        this._picture.removeAttribute('src');
      }
    }
    const phase = stamp ? (stamp.picture ? 'made' : 'failed') : 'waiting';
    this.node.dataset.phase = phase;
    this._told.textContent = stamp?.error ?? '';
    this._told.title = stamp?.error ?? '';
    this._label.textContent = label ?? '';
    this._label.hidden = label === undefined;
    this._label.dataset.label = String(state.key);
    this._caption.textContent = caption;
    this._caption.title = caption;
    this.node.classList.toggle('lsp-mod-selected', selected);
    this.node.classList.toggle('lsp-mod-current', current);
    this.node.setAttribute('aria-selected', String(selected));
    this.node.setAttribute('aria-posinset', String(state.place + 1));
    this.node.setAttribute('aria-setsize', String(state.count));
    const said = phase === 'waiting' ? 'being made' : (stamp?.error ?? '');
    this.node.setAttribute(
      'aria-label',
      [`Stamp ${state.place + 1}`, caption, label && `label ${label}`, said]
        .filter(Boolean)
        .join(', ')
    );
  }

  dispose(): void {
    this._forget();
    this.node.remove();
  }

  private _forget(): void {
    if (this._url) {
      URL.revokeObjectURL(this._url);
      this._url = '';
    }
  }

  private readonly _frame: HTMLElement;
  private readonly _picture: HTMLImageElement;
  private readonly _told: HTMLElement;
  private readonly _label: HTMLElement;
  private readonly _caption: HTMLElement;
  private _stamp: Stamp | undefined;
  private _url = '';
}
