/** One row of a table, all columns of it, with units, descriptions and what belongs to it. */

import type { Vector } from 'apache-arrow';

import { WHOLE_MAX, cellText } from './cells';
import { copyText } from './clipboard';
import { button, element, isCancelled, reasonText } from './dom';
import type { DrawerPanel } from './drawer';
import { describe } from './header';
import type { TableModel } from './model';
import { RowLinks, link, webAddress } from './row_links';
import type { RowSelector } from './select';
import { ROW } from './source';
import type { SourceColumn } from './source';

/** Milliseconds the cursor must rest before a row is read. */
const REST = 90;

/** The panel. */
export class RowPanel implements DrawerPanel {
  constructor(
    private readonly _model: TableModel,
    private readonly _selector: RowSelector,
    /** Opens an image by its identifier. */
    image: (did: string) => void
  ) {
    this.node.className = 'lsp-Row';
    const tools = element('div', 'lsp-Row-tools', this.node);
    button('lsp-Row-step', tools, '‹', () => this._step(-1), 'Row before');
    this._place = element('span', 'lsp-Row-place', tools);
    this._place.setAttribute('role', 'status');
    button('lsp-Row-step', tools, '›', () => this._step(1), 'Next row');
    this._search = element('input', 'lsp-Input', this.node);
    this._search.type = 'search';
    this._search.placeholder = 'Search names and values';
    this._search.setAttribute('aria-label', 'Search names and values');
    this._search.addEventListener('input', () => this._filter());
    this._note = element('div', 'lsp-Panel-note', this.node);
    this._links = new RowLinks(_model.source.analysis, image);
    this.node.append(this._links.node);
    this._list = element('dl', 'lsp-Row-list', this.node);
    _selector.changed.connect(this._moved, this);
    this._read();
  }

  readonly node = document.createElement('div');

  update(): void {
    this._key = '';
    this._moved();
  }

  dispose(): void {
    clearTimeout(this._timer);
    this._reading?.abort();
    this._selector.changed.disconnect(this._moved, this);
  }

  private _step(by: number): void {
    this._selector.moveTo(this._selector.row < 0 ? 0 : this._selector.row + by);
  }

  private _moved(): void {
    if (String(this._selector.row) !== this._key) {
      clearTimeout(this._timer);
      this._timer = setTimeout(() => this._read(), REST);
    }
  }

  private _read(): void {
    const { row } = this._selector;
    this._key = String(row);
    this._reading?.abort();
    if (row < 0 || row >= this._model.rows) {
      this._place.textContent = '';
      this._list.replaceChildren();
      this._links.clear();
      this._note.textContent =
        this._model.rows > 0 ? 'Click a row, or move to one with the arrow keys.' : 'No rows.';
      return;
    }
    const reading = (this._reading = new AbortController());
    this._place.textContent = `Row ${(row + 1).toLocaleString('en')}`;
    this._model
      .read(row, 1, reading.signal)
      .then(({ table }) => {
        if (this._reading !== reading) {
          return;
        }
        const id = table.getChild(ROW)?.get(0) as number | bigint | undefined;
        const place = (row + 1).toLocaleString('en');
        const stored = id === undefined ? '' : (Number(id) + 1).toLocaleString('en');
        this._place.textContent =
          stored && stored !== place ? `Row ${place} · ${stored} of the result` : `Row ${place}`;
        const places = new Map(table.schema.fields.map((field, i) => [field.name, i]));
        const values = this._model.all.map(column => {
          const at = places.get(column.name);
          return [column, at === undefined ? null : table.getChildAt(at)] as const;
        });
        this._show(values);
      })
      .catch((reason: unknown) => {
        if (this._reading === reading && !isCancelled(reason)) {
          this._list.replaceChildren();
          this._note.textContent = reasonText(reason);
        }
      });
  }

  private _show(values: ReadonlyArray<readonly [SourceColumn, Vector | null]>): void {
    this._note.textContent = '';
    const items = values.map(([column, vector]) => {
      const text = vector ? cellText(vector, 0, null) : '';
      const item = element('div', 'lsp-Row-item', null);
      item.dataset.column = column.name;
      const name = element('dt', '', item, column.name);
      name.title = describe(column);
      if (column.unit) {
        element('span', 'lsp-Columns-unit', name, column.unit);
      }
      const value = element('dd', '', item);
      const url = webAddress(text);
      if (url) {
        link(value, url, text);
      } else {
        element('span', text ? '' : 'lsp-Row-null', value, text || 'no value');
      }
      if (text) {
        const cut = text.endsWith('…') || text.endsWith('…]');
        const whole = cut && this._model.source.whole !== undefined;
        const copy = (): void => void (whole ? this._copyWhole(column.name) : copyText(text));
        button('lsp-Row-copy', value, 'Copy', copy, `Copy ${column.name}`);
        if (whole) {
          this._offerWhole(item, value, column.name);
        }
      }
      if (column.description) {
        element('div', 'lsp-Row-about', item, column.description);
      }
      return item;
    });
    this._list.replaceChildren(...items);
    this._filter();
    this._findLinks(values);
  }

  /** A cell that is cut is shown as long as it is, once it is wanted. */
  private _offerWhole(item: HTMLElement, value: HTMLElement, name: string): void {
    const words = value.firstElementChild as HTMLElement;
    const more = button(
      'lsp-Link lsp-Row-more',
      item,
      'Show all',
      () => {
        more.disabled = true;
        this._whole(name)
          .then(text => {
            const long = text.length > WHOLE_MAX;
            words.textContent = long ? `${text.slice(0, WHOLE_MAX)}…` : text;
            words.tabIndex = 0;
            const count = text.length.toLocaleString('en');
            const shown = long ? `; the first ${WHOLE_MAX.toLocaleString('en')} are shown` : '';
            const note = element('div', 'lsp-Row-about', null, `${count} characters${shown}`);
            more.replaceWith(note);
          })
          .catch((reason: unknown) => {
            if (!isCancelled(reason)) {
              more.disabled = false;
              more.textContent = `${reasonText(reason)} Try again`;
            }
          });
      },
      `Show all of ${name}`
    );
  }

  private async _whole(name: string): Promise<string> {
    const { row } = this._selector;
    const { source, view } = this._model;
    const table = await source.whole!(row, name, view, this._reading!.signal);
    const vector = table.getChildAt(0);
    return vector ? cellText(vector, 0, null, Infinity) : '';
  }

  private async _copyWhole(name: string): Promise<void> {
    try {
      await copyText(await this._whole(name));
    } catch (reason) {
      if (!isCancelled(reason)) {
        this._note.textContent = reasonText(reason);
      }
    }
  }

  /** What DataLink knows of this row. */
  private _findLinks(values: ReadonlyArray<readonly [SourceColumn, Vector | null]>): void {
    const texts = values.map(([{ name }, vector]) => {
      const text = vector ? cellText(vector, 0, null) : '';
      return [name.toLowerCase(), text] as const;
    });
    this._links.find(texts, this._reading!.signal);
  }

  private _filter(): void {
    const words = this._search.value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const item of this._list.children) {
      const text = words.length > 0 ? (item.textContent ?? '').toLowerCase() : '';
      (item as HTMLElement).hidden = !words.every(word => text.includes(word));
    }
  }

  private readonly _place: HTMLElement;
  private readonly _search: HTMLInputElement;
  private readonly _note: HTMLElement;
  private readonly _links: RowLinks;
  private readonly _list: HTMLElement;
  private _reading: AbortController | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
  private _key = '';
}
