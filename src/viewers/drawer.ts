/** A drawer at the side of a table: a rail of tabs, and the panel of the one that is open. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { button, element } from './dom';

/** One panel of a drawer; it lives as long as it is open. */
export interface DrawerPanel {
  readonly node: HTMLElement;
  /** The table shows something else. */
  update?(): void;
  dispose(): void;
}

/** What can be opened. */
export interface DrawerTab {
  readonly id: string;
  readonly label: string;
  readonly title: string;
  open(): DrawerPanel;
}

/** Its width and the bounds of that, pixels; and a step of the keyboard. */
const WIDTH = { start: 320, least: 240, most: 720, step: 24 } as const;

let serial = 0;

/** The drawer. */
export class Drawer {
  constructor(private readonly _tabs: readonly DrawerTab[]) {
    serial += 1;
    this.node.className = 'lsp-Drawer';
    this._body = element('div', 'lsp-Drawer-body', this.node);
    this._body.hidden = true;
    this._body.id = `lsp-drawer-${serial}`;
    this._body.setAttribute('role', 'tabpanel');
    this._edge = element('div', 'lsp-Drawer-edge', this._body);
    this._edge.setAttribute('role', 'separator');
    this._edge.setAttribute('aria-orientation', 'vertical');
    this._edge.setAttribute('aria-label', 'Width of the side panel');
    this._edge.tabIndex = 0;
    this._edge.addEventListener('pointerdown', event => this._drag(event));
    this._edge.addEventListener('keydown', event => {
      const by = event.key === 'ArrowLeft' ? 1 : event.key === 'ArrowRight' ? -1 : 0;
      if (by) {
        event.preventDefault();
        event.stopPropagation();
        this._resize(this._width + by * WIDTH.step);
      }
    });
    const head = element('div', 'lsp-Drawer-head', this._body);
    this._title = element('span', 'lsp-Drawer-title', head);
    button('lsp-Drawer-close', head, '×', () => this.close(), 'Close this panel');
    this._content = element('div', 'lsp-Drawer-content', this._body);
    this._body.addEventListener('keydown', event => {
      if (event.key === 'Escape' && !event.defaultPrevented) {
        event.stopPropagation();
        const tab = this._buttons.get(this._open);
        this.close();
        tab?.focus();
      }
    });
    this._rail = element('div', 'lsp-Drawer-rail', this.node);
    this._rail.setAttribute('role', 'tablist');
    this._rail.setAttribute('aria-orientation', 'vertical');
    this._rail.setAttribute('aria-label', 'Side panels of the table');
    this._tabs.forEach((tab, i) => {
      const one = button('lsp-Drawer-tab', this._rail, tab.label, () => this.toggle(tab.id));
      one.title = tab.title;
      one.setAttribute('role', 'tab');
      one.setAttribute('aria-selected', 'false');
      one.setAttribute('aria-controls', this._body.id);
      one.tabIndex = i === 0 ? 0 : -1;
      one.addEventListener('keydown', event => this._key(event, i));
      this._buttons.set(tab.id, one);
    });
    this._resize(WIDTH.start);
  }

  readonly node = document.createElement('div');

  /** A panel was opened or closed, or the width changed. */
  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** Which panel is open; empty if none is. */
  get opened(): string {
    return this._open;
  }

  /** The open panel. */
  get panel(): DrawerPanel | null {
    return this._panel;
  }

  /** Open a panel, or close it if it is open. */
  toggle(id: string): void {
    if (this._open === id) {
      this.close();
    } else {
      this.open(id);
    }
  }

  /** Open a panel. */
  open(id: string): void {
    const tab = this._tabs.find(one => one.id === id);
    if (!tab) {
      return;
    }
    this._shut();
    this._open = id;
    this._title.textContent = tab.label;
    this._body.setAttribute('aria-label', tab.label);
    this._panel = tab.open();
    this._content.replaceChildren(this._panel.node);
    this._content.scrollTop = 0;
    this._body.hidden = false;
    this._mark();
  }

  /** Close the open panel. */
  close(): void {
    this._shut();
    this._body.hidden = true;
    this._mark();
  }

  dispose(): void {
    this._shut();
    Signal.clearData(this);
  }

  private _shut(): void {
    this._panel?.dispose();
    this._panel = null;
    this._open = '';
    this._content.replaceChildren();
  }

  private _mark(): void {
    for (const [id, node] of this._buttons) {
      node.setAttribute('aria-selected', String(id === this._open));
      if (this._open) {
        node.tabIndex = id === this._open ? 0 : -1;
      }
    }
    this._changed.emit(undefined);
  }

  private _key(event: KeyboardEvent, at: number): void {
    const count = this._tabs.length;
    const to =
      event.key === 'ArrowDown'
        ? (at + 1) % count
        : event.key === 'ArrowUp'
          ? (at + count - 1) % count
          : event.key === 'Home'
            ? 0
            : event.key === 'End'
              ? count - 1
              : -1;
    if (to >= 0) {
      event.preventDefault();
      event.stopPropagation();
      [...this._buttons.values()].forEach((one, i) => (one.tabIndex = i === to ? 0 : -1));
      this._buttons.get(this._tabs[to].id)?.focus();
    }
  }

  private _resize(width: number): void {
    this._width = Math.max(WIDTH.least, Math.min(WIDTH.most, Math.round(width)));
    this._body.style.width = `${this._width}px`;
    this._edge.setAttribute('aria-valuenow', String(this._width));
    this._edge.setAttribute('aria-valuemin', String(WIDTH.least));
    this._edge.setAttribute('aria-valuemax', String(WIDTH.most));
    this._changed.emit(undefined);
  }

  private _drag(down: PointerEvent): void {
    if (down.button !== 0) {
      return;
    }
    down.preventDefault();
    const width = this._width;
    this._edge.setPointerCapture(down.pointerId);
    const move = (event: PointerEvent): void => this._resize(width + down.clientX - event.clientX);
    const up = (): void => {
      this._edge.removeEventListener('pointermove', move);
      this._edge.removeEventListener('pointerup', up);
      this._edge.removeEventListener('pointercancel', up);
    };
    this._edge.addEventListener('pointermove', move);
    this._edge.addEventListener('pointerup', up);
    this._edge.addEventListener('pointercancel', up);
  }

  private readonly _body: HTMLElement;
  private readonly _edge: HTMLElement;
  private readonly _title: HTMLElement;
  private readonly _content: HTMLElement;
  private readonly _rail: HTMLElement;
  private readonly _buttons = new Map<string, HTMLButtonElement>();
  private readonly _changed = new Signal<this, void>(this);
  private _panel: DrawerPanel | null = null;
  private _open = '';
  private _width: number = WIDTH.start;
}
