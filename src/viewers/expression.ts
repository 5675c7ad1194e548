/** A box for an ADQL expression that is checked while it is typed. */

import type { Analysis, Checked, ExpressionError } from './analysis';
import { button, element, isCancelled, reasonText } from './dom';
import type { TableView } from './source';

/** Milliseconds a person must pause before what they typed is checked. */
const PAUSE = 250;

/** Characters of a text that an error is about. */
export function errorSpan(text: string, error: ExpressionError): [number, number] | null {
  if (!error.line || !error.column) {
    return null;
  }
  const lines = text.split('\n');
  const before = lines.slice(0, error.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
  const start = Math.min(text.length, before + error.column - 1);
  return [start, Math.min(text.length, start + Math.max(1, error.length ?? 1))];
}

/** What an expression gives, in words. */
export function checkedText(checked: Checked): string {
  const { datatype, arraysize, unit } = checked.column ?? {};
  const type = datatype === 'char' || datatype === 'unicodeChar' ? 'text' : (datatype ?? '');
  const many = arraysize && type !== 'text' ? ` [${arraysize}]` : '';
  return `Gives ${type}${many}${unit ? ` in ${unit}` : ''}.`;
}

/** The box. */
export class ExpressionBox {
  constructor(
    parent: HTMLElement,
    label: string,
    private readonly _kind: 'derive' | 'where',
    private readonly _analysis: Analysis,
    /** The view whose computed columns may be named. */
    private readonly _view: () => TableView,
    private readonly _changed: () => void,
    accept: () => void
  ) {
    const field = element('label', 'lsp-Panel-field', parent);
    element('span', '', field, label);
    this.input = element('textarea', 'lsp-Input', field);
    this.input.rows = 2;
    this.input.spellcheck = false;
    this.input.setAttribute('autocapitalize', 'off');
    this.input.addEventListener('input', () => this.look());
    this.input.addEventListener('keydown', event => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        accept();
      }
      event.stopPropagation();
    });
    this._told = element('div', 'lsp-Panel-note', parent);
    this._told.setAttribute('role', 'status');
  }

  readonly input: HTMLTextAreaElement;

  /** What was typed. */
  get text(): string {
    return this.input.value.trim();
  }

  /** What it gives, once it was found right. */
  get checked(): Checked | null {
    return this._checked;
  }

  /** Write into it. */
  set(text: string): void {
    this.input.value = text;
    this.look();
  }

  /** Check it soon. */
  look(): void {
    clearTimeout(this._timer);
    this._asking?.abort();
    this._checked = null;
    this._changed();
    if (this.text) {
      this._timer = setTimeout(() => void this._check(), PAUSE);
    } else {
      this._say('', null);
    }
  }

  dispose(): void {
    clearTimeout(this._timer);
    this._asking?.abort();
  }

  private async _check(): Promise<void> {
    const asking = (this._asking = new AbortController());
    const text = this.input.value;
    try {
      const checked = await this._analysis.check(this._view(), this._kind, text, asking.signal);
      if (this._asking !== asking || asking.signal.aborted) {
        return;
      }
      this._checked = checked.error ? null : checked;
      if (checked.error) {
        this._say(
          [checked.error.message, checked.error.hint].filter(Boolean).join(' '),
          checked.error
        );
      } else {
        this._say(this._kind === 'derive' ? checkedText(checked) : 'A condition.', null);
      }
      this._changed();
    } catch (reason) {
      if (!isCancelled(reason)) {
        this._say(reasonText(reason), { message: '' });
      }
    }
  }

  private _say(text: string, error: ExpressionError | null): void {
    this._told.textContent = text;
    this._told.classList.toggle('lsp-mod-error', error !== null);
    this.input.setAttribute('aria-invalid', String(error !== null));
    const span = error ? errorSpan(this.input.value, error) : null;
    if (span) {
      this._told.append(' ');
      button('lsp-Link', this._told, 'Show where', () => {
        this.input.focus();
        this.input.setSelectionRange(...span);
      });
    }
  }

  private readonly _told: HTMLElement;
  private _checked: Checked | null = null;
  private _asking: AbortController | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
