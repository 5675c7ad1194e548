/** The user's settings, with the defaults of the schema. */

import { Signal } from '@lumino/signaling';

import type { ISettingsModel, Settings } from '../tokens';

/** What holds where nothing is set; the schema says the same. */
export const DEFAULTS: Settings = {
  maxrec: 1_000_000,
  openAtStart: false,
  notebookForm: 'astropy',
  openResults: true,
  editorFontSize: 0,
  notifyAfter: 30
};

/** The settings in force. */
export class SettingsModel implements ISettingsModel {
  readonly changed: Signal<ISettingsModel, void> = new Signal<ISettingsModel, void>(this);
  readonly ready: Promise<void> = new Promise(resolve => (this._resolve = resolve));

  get current(): Settings {
    return this._current;
  }

  /** Take over what the user set. */
  use(composite: Readonly<Record<string, unknown>>): void {
    const taken = Object.entries(DEFAULTS).map(([key, value]: [string, unknown]) => {
      const set = composite[key];
      return [key, typeof set === typeof value ? set : value] as const;
    });
    this._current = Object.fromEntries(taken) as unknown as Settings;
    this.settle();
    this.changed.emit(undefined);
  }

  /** There is nothing (more) to wait for. */
  settle(): void {
    this._resolve();
  }

  private _resolve!: () => void;
  private _current: Settings = DEFAULTS;
}
