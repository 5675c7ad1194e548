/** Matches a table with another open one: by position, or by a column that both have. */

import type { Analysis, MatchRequest, OtherTable } from './analysis';
import { button, element, isCancelled, reasonText } from './dom';
import type { DrawerPanel } from './drawer';
import { rowCount } from './footer';
import type { SourceColumn } from './source';

/** Milliseconds a person must pause before the query is written anew. */
const PAUSE = 250;

/** What the panel is told. */
export interface MatchSubject {
  readonly analysis: Analysis;
  /** Stored columns of this table. */
  readonly columns: readonly SourceColumn[];
  /** Put a query into the editor, or run it. */
  query(adql: string, run: boolean): void;
}

/** The panel. */
export class MatchPanel implements DrawerPanel {
  constructor(private readonly _subject: MatchSubject) {
    this.node.className = 'lsp-Match';
    this._other = this._select('With the table', () => this._tables());
    this._kind = this._select('By', () => this._ask());
    this._option(this._kind, 'sky', 'Position on the sky');
    this._option(this._kind, 'key', 'Equal values of a column');
    this._sky = element('div', '', this.node);
    const field = element('label', 'lsp-Panel-field', this._sky);
    element('span', '', field, 'Within, arcseconds');
    this._radius = element('input', 'lsp-Input', field);
    this._radius.type = 'number';
    this._radius.min = '0';
    this._radius.step = 'any';
    this._radius.value = '1';
    this._radius.addEventListener('input', () => this._soon());
    this._key = element('div', '', this.node);
    this._a = this._select('Column of this table', () => this._ask(), this._key);
    this._b = this._select('Column of the other', () => this._ask(), this._key);
    const check = element('label', 'lsp-Panel-check', this.node);
    this._keep = element('input', '', check);
    this._keep.type = 'checkbox';
    this._keep.addEventListener('change', () => this._ask());
    element('span', '', check, 'Keep rows of this table without a partner');
    this._note = element('div', 'lsp-Panel-note', this.node);
    this._note.setAttribute('role', 'status');
    this._code = element('pre', 'lsp-Panel-code', this.node);
    this._code.hidden = true;
    this._code.tabIndex = 0;
    this._code.setAttribute('aria-label', 'The query of this match');
    const tools = element('div', 'lsp-Panel-tools', this.node);
    this._run = button('lsp-Panel-action', tools, 'Match', () => _subject.query(this._adql, true));
    this._edit = button('lsp-Panel-action lsp-mod-quiet', tools, 'Edit the query', () =>
      _subject.query(this._adql, false)
    );
    button('lsp-Link', tools, 'Look again', () => this._look(), 'Look for other open tables');
    this._look();
  }

  readonly node = document.createElement('div');

  update(): void {
    if (this._subject.analysis.others().length !== this._others.length) {
      this._look();
    }
  }

  dispose(): void {
    clearTimeout(this._timer);
    this._asking?.abort();
  }

  private _select(label: string, changed: () => void, parent: Node = this.node): HTMLSelectElement {
    const field = element('label', 'lsp-Panel-field', parent);
    element('span', '', field, label);
    const select = element('select', 'lsp-Input', field);
    select.addEventListener('change', changed);
    return select;
  }

  private _option(select: HTMLSelectElement, value: string, text: string): void {
    element('option', '', select, text).value = value;
  }

  private _look(): void {
    const before = this._other.value;
    this._others = this._subject.analysis.others();
    this._other.replaceChildren();
    for (const { id, name, rows } of this._others) {
      this._option(this._other, id, `${name}, ${rowCount(rows)}`);
    }
    if (this._others.some(other => other.id === before)) {
      this._other.value = before;
    }
    this._tables();
  }

  private _tables(): void {
    const other = this._others.find(one => one.id === this._other.value);
    const fill = (select: HTMLSelectElement, columns: readonly SourceColumn[]): void => {
      const before = select.value;
      select.replaceChildren();
      columns.forEach(({ name }) => this._option(select, name, name));
      if (columns.some(({ name }) => name === before)) {
        select.value = before;
      }
    };
    fill(this._a, this._subject.columns);
    fill(this._b, other?.columns ?? []);
    const common = this._subject.columns.find(({ name }) =>
      other?.columns.some(one => one.name === name)
    );
    if (common) {
      this._a.value = common.name;
      this._b.value = common.name;
    }
    this._ask();
  }

  private _soon(): void {
    clearTimeout(this._timer);
    this._timer = setTimeout(() => this._ask(), PAUSE);
  }

  private _ask(): void {
    this._asking?.abort();
    const asking = (this._asking = new AbortController());
    const kind = this._kind.value as 'sky' | 'key';
    this._sky.hidden = kind !== 'sky';
    this._key.hidden = kind !== 'key';
    this._set('');
    this._note.classList.remove('lsp-mod-error');
    if (this._others.length === 0) {
      this._note.textContent = 'Open another result to match this one with.';
      return;
    }
    this._note.textContent = '';
    const radius = Number(this._radius.value);
    const request: MatchRequest = {
      b: this._other.value,
      kind,
      keep: this._keep.checked,
      ...(kind === 'sky'
        ? { radius: Number.isFinite(radius) ? radius : 0 }
        : { a_columns: [this._a.value], b_columns: [this._b.value] })
    };
    this._subject.analysis.match(request, asking.signal).then(
      adql => this._asking === asking && this._set(adql),
      (reason: unknown) => {
        if (this._asking === asking && !isCancelled(reason)) {
          this._note.classList.add('lsp-mod-error');
          this._note.textContent = reasonText(reason);
        }
      }
    );
  }

  private _set(adql: string): void {
    this._adql = adql;
    this._code.textContent = adql;
    this._code.hidden = adql === '';
    this._run.disabled = adql === '';
    this._edit.disabled = adql === '';
  }

  private readonly _other: HTMLSelectElement;
  private readonly _kind: HTMLSelectElement;
  private readonly _sky: HTMLElement;
  private readonly _radius: HTMLInputElement;
  private readonly _key: HTMLElement;
  private readonly _a: HTMLSelectElement;
  private readonly _b: HTMLSelectElement;
  private readonly _keep: HTMLInputElement;
  private readonly _note: HTMLElement;
  private readonly _code: HTMLElement;
  private readonly _run: HTMLButtonElement;
  private readonly _edit: HTMLButtonElement;
  private _others: readonly OtherTable[] = [];
  private _adql = '';
  private _asking: AbortController | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
