/** A data file on its way to a viewer. */

import { Widget } from '@lumino/widgets';

import { asPlatformError, isAbort } from '../api/errors';
import type { PlatformError } from '../api/errors';

/** What the view needs. */
export interface OpeningActions {
  /** Have the server read the file; the id of the job whose result it becomes. */
  open(signal: AbortSignal): Promise<string>;
  /** Show the result in the place of this. */
  show(id: string): void;
}

/** Says that a file is being read, or why it cannot be. Reading ends with it. */
export class OpeningView extends Widget {
  constructor(
    private readonly _name: string,
    private readonly _actions: OpeningActions
  ) {
    super();
    this.addClass('lsp-Opening');
    this.node.tabIndex = -1;
  }

  /** Read the file. */
  async start(): Promise<void> {
    this._controller?.abort();
    const controller = new AbortController();
    this._controller = controller;
    this._busy();
    try {
      const id = await this._actions.open(controller.signal);
      if (!controller.signal.aborted) {
        this._actions.show(id);
      }
    } catch (reason) {
      if (!controller.signal.aborted && !isAbort(reason)) {
        this._failed(asPlatformError(reason));
      }
    }
  }

  override dispose(): void {
    this._controller?.abort();
    super.dispose();
  }

  protected override onActivateRequest(): void {
    this.node.focus();
  }

  private _busy(): void {
    const text = document.createElement('p');
    text.textContent = `Reading ${this._name}…`;
    const bar = document.createElement('div');
    bar.className = 'lsp-Progress lsp-mod-unknown';
    bar.setAttribute('role', 'progressbar');
    bar.setAttribute('aria-label', `Reading ${this._name}`);
    bar.append(document.createElement('div'));
    this.node.replaceChildren(text, bar);
  }

  private _failed(error: PlatformError): void {
    const alert = document.createElement('div');
    alert.setAttribute('role', 'alert');
    const title = document.createElement('h2');
    title.textContent = `${this._name} cannot be shown as a table`;
    const why = document.createElement('p');
    why.textContent = error.message;
    alert.append(title, why);
    if (error.hint) {
      const hint = document.createElement('p');
      hint.className = 'lsp-Opening-hint';
      hint.textContent = error.hint;
      alert.append(hint);
    }
    const again = document.createElement('button');
    again.type = 'button';
    again.className = 'jp-Button jp-mod-styled jp-mod-accept';
    again.textContent = 'Try again';
    again.addEventListener('click', () => void this.start());
    this.node.replaceChildren(alert, again);
  }

  private _controller: AbortController | null = null;
}
