/** What the colours of a map of cells mean, and which of its values they are of. */

import type { MapName } from '../chart/spec';
import { MAPS } from '../chart/spec';
import { element } from '../dom';
import { paletteOf } from './cells';
import type { Cells } from './cells';

/** What can be chosen. */
export interface LegendChoices {
  value(name: string): void;
  order(order: number): void;
  redraw(): void;
}

/** A bar of colours with its ends, over a surface. */
export class CellLegend {
  constructor(values: readonly string[], choices: LegendChoices) {
    this.node.className = 'lsp-CellLegend';
    this._value = this._choice('Value', values, name => choices.value(name));
    this._value.hidden = values.length < 2;
    this._bar = element('div', 'lsp-CellLegend-bar', this.node);
    const ends = element('div', 'lsp-CellLegend-ends', this.node);
    this._low = element('span', '', ends);
    this._high = element('span', '', ends);
    this._choice('Colours', MAPS, name => {
      if (this._cells) {
        this._cells.colours = name as MapName;
        this._paint();
        choices.redraw();
      }
    });
    const orders = Array.from({ length: 14 }, (_, i) => String(i));
    this._order = this._choice('Order of the cells', orders, order => choices.order(Number(order)));
    for (const option of this._order.options) {
      option.textContent = `order ${option.value}`;
    }
  }

  readonly node = document.createElement('div');

  /** Show what a map is. */
  show(cells: Cells, unit: string, value: string): void {
    if (this._cells) {
      cells.colours = this._cells.colours;
    }
    this._cells = cells;
    this._value.value = value;
    this._order.value = String(cells.map.order);
    const text = (number: number): string => String(Number(number.toPrecision(4)));
    this._low.textContent = text(cells.low);
    this._high.textContent = `${text(cells.high)} ${unit}`.trim();
    this.node.setAttribute('aria-label', `Colours from ${text(cells.low)} to ${text(cells.high)}`);
    this._paint();
  }

  private _paint(): void {
    if (this._cells) {
      const colours = paletteOf(this._cells.colours);
      this._bar.style.background = `linear-gradient(to right, ${colours.join(', ')})`;
    }
  }

  private _choice(
    name: string,
    values: readonly string[],
    chosen: (value: string) => void
  ): HTMLSelectElement {
    const select = element('select', 'lsp-Input', this.node);
    select.title = name;
    select.setAttribute('aria-label', name);
    for (const value of values) {
      element('option', '', select, value).value = value;
    }
    select.addEventListener('change', () => chosen(select.value));
    return select;
  }

  private readonly _value: HTMLSelectElement;
  private readonly _order: HTMLSelectElement;
  private readonly _bar: HTMLElement;
  private readonly _low: HTMLElement;
  private readonly _high: HTMLElement;
  private _cells: Cells | null = null;
}
