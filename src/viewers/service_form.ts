/** A form of a service that a row's links lead to: its parameters, filled from the row. */

import type { RowService, ServiceParameter } from './analysis';
import { button, element } from './dom';

/** The radius of a cutout if nobody says more, degrees. */
const RADIUS = 0.01;
/** Parameters shown at once; the others wait behind a line. */
const FIRST = ['CIRCLE', 'RESPONSEFORMAT', 'CUTOUTDETAIL'];

/** A value of the row by the name of its column, in lower case; empty if there is none. */
export type RowValue = (name: string) => string;

/** What a parameter begins with. */
export function firstValue(parameter: ServiceParameter, row: RowValue): string {
  if (parameter.value || parameter.xtype !== 'circle') {
    return parameter.value;
  }
  const [ra, dec, most] = parameter.most.split(/\s+/).filter(Boolean);
  const place = [row('s_ra') || row('ra') || ra, row('s_dec') || row('dec') || dec];
  if (place.some(one => !one || !Number.isFinite(Number(one)))) {
    return '';
  }
  const radius = Number(most) > 0 ? Math.min(RADIUS, Number(most)) : RADIUS;
  return `${place.join(' ')} ${radius}`;
}

/** The address of a call; blank values are left out. */
export function callAddress(url: string, values: ReadonlyMap<string, string>): string {
  const address = new URL(url);
  for (const [name, value] of values) {
    if (value.trim()) {
      address.searchParams.append(name, value.trim());
    }
  }
  return address.href;
}

/** The form; a call is opened as any other address, in a tab of its own. */
export class ServiceForm {
  constructor(
    private readonly _service: RowService,
    name: string,
    row: RowValue,
    copy: (text: string) => void
  ) {
    this.node.className = 'lsp-Service';
    this.node.setAttribute('aria-label', name);
    this.node.addEventListener('submit', event => event.preventDefault());
    this.node.addEventListener('input', () => this._written());
    const { parameters } = _service;
    const fixed = parameters.filter(one => one.name === 'ID' && one.value);
    fixed.forEach(one => this._values.set(one.name, () => one.value));
    const free = parameters.filter(one => !fixed.includes(one));
    const first = free.filter(one => FIRST.includes(one.name));
    const shown = first.length > 0 ? first : free;
    shown.forEach(one => this._field(this.node, one, row));
    const others = free.filter(one => !shown.includes(one));
    if (others.length > 0) {
      const more = element('details', 'lsp-Service-more', this.node);
      element('summary', '', more, 'More parameters');
      others.forEach(one => this._field(more, one, row));
    }
    const tools = element('div', 'lsp-Panel-tools', this.node);
    this._open = element('a', 'lsp-Row-link lsp-Service-open', tools, 'Get it');
    this._open.target = '_blank';
    this._open.rel = 'noopener noreferrer';
    button('lsp-Link', tools, 'Copy address', () => copy(this._open.href));
    this._written();
  }

  readonly node = document.createElement('form');

  private _field(parent: HTMLElement, parameter: ServiceParameter, row: RowValue): void {
    const { name, unit, description, options } = parameter;
    const field = element('label', 'lsp-Panel-field', parent);
    element('span', '', field, unit ? `${name} (${unit})` : name);
    field.title = description;
    const value = firstValue(parameter, row);
    if (options.length > 0) {
      const select = element('select', 'lsp-Input', field);
      for (const option of ['', ...options]) {
        element('option', '', select, option || 'as the service likes').value = option;
      }
      select.value = value;
      this._values.set(name, () => select.value);
    } else {
      const input = element('input', 'lsp-Input', field);
      input.type = 'text';
      input.spellcheck = false;
      input.value = value;
      this._values.set(name, () => input.value);
    }
    if (description) {
      element('div', 'lsp-Row-about', field, description);
    }
  }

  private _written(): void {
    const values = new Map([...this._values].map(([name, read]) => [name, read()]));
    this._open.href = callAddress(this._service.url, values);
  }

  private readonly _open: HTMLAnchorElement;
  private readonly _values = new Map<string, () => string>();
}
