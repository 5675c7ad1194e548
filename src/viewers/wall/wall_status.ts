/** The line below a wall: how many stamps there are, how far they came, what went wrong. */

import { button, element, reasonText } from '../dom';
import { rowCount } from '../footer';

/** What it says. */
export interface WallProgress {
  readonly rows: number;
  readonly count: number;
  readonly made: number;
  readonly failures: number;
  readonly busy: boolean;
  /** Stamps that will be made without anybody scrolling. */
  readonly ahead: number;
  readonly labelled: number;
  readonly keeping: boolean;
  readonly selected: number;
  readonly problem: unknown;
}

/** The line. */
export class WallStatus {
  constructor(retry: () => void) {
    this.node.className = 'lsp-Wall-status';
    this._text = element('span', 'lsp-Wall-text', this.node);
    this._text.setAttribute('role', 'status');
    this._bar = element('span', 'lsp-Progress', this.node);
    this._bar.setAttribute('role', 'progressbar');
    this._bar.setAttribute('aria-label', 'Stamps made');
    this._fill = element('div', '', this._bar);
    this._problem = element('span', 'lsp-Wall-problem', this.node);
    this._problem.setAttribute('role', 'alert');
    this._retry = button('jp-mod-styled lsp-Button', this.node, 'Try again', retry);
    this._retry.hidden = true;
  }

  readonly node = document.createElement('div');

  /** Say something that went wrong outside of the wall. */
  say(problem: string): void {
    this._said = problem;
  }

  show(told: WallProgress): void {
    const number = (value: number): string => value.toLocaleString('en');
    const parts = [
      told.rows === 1 ? '1 stamp' : `${number(told.rows)} stamps`,
      told.count < told.rows ? `the first ${number(told.count)} are shown` : '',
      told.busy ? `${number(told.made)} made` : '',
      told.failures > 0 ? `${number(told.failures)} without a picture` : '',
      told.labelled > 0
        ? `${number(told.labelled)} labelled${told.keeping ? ', keeping…' : ''}`
        : '',
      told.selected > 0 ? `${rowCount(told.selected)} selected` : ''
    ];
    const text = parts.filter(Boolean).join(' · ');
    if (text !== this._text.textContent) {
      this._text.textContent = text;
    }
    const fraction = Math.min(1, told.made / Math.max(1, told.ahead));
    this._bar.hidden = !told.busy || fraction >= 1;
    this._bar.setAttribute('aria-valuenow', String(Math.round(100 * fraction)));
    this._fill.style.width = `${100 * fraction}%`;
    const problem = told.problem ? reasonText(told.problem) : this._said;
    if (problem !== this._problem.textContent) {
      this._problem.textContent = problem;
    }
    this._retry.hidden = !told.problem;
  }

  private readonly _text: HTMLElement;
  private readonly _bar: HTMLElement;
  private readonly _fill: HTMLElement;
  private readonly _problem: HTMLElement;
  private readonly _retry: HTMLButtonElement;
  private _said = '';
}
