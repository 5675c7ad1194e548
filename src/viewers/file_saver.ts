/** Saves a table into the user's folder: a name, a button, and what became of it. */

import type { SavedFile } from './analysis';
import { button, element, isCancelled, reasonText } from './dom';
import { bytesText } from './units';

/** What it is told. */
export interface FileSubject {
  /** What the file may be called, without an ending. */
  readonly stem: string;
  format(): string;
  write(path: string, replace: boolean, signal: AbortSignal): Promise<SavedFile>;
  isTaken(reason: unknown): boolean;
}

/** Endings of file names by format. */
const ENDINGS: Readonly<Record<string, string>> = {
  votable: 'vot',
  fits: 'fits',
  parquet: 'parquet',
  csv: 'csv',
  tsv: 'tsv',
  ecsv: 'ecsv',
  arrow: 'arrow',
  json: 'json',
  sqlite: 'sqlite',
  html: 'html'
};

/** A name that any file system takes. */
export function stemOf(text: string): string {
  const clean = text.replace(/[^A-Za-z0-9_-]+/g, '_').replace(/^_+|_+$/g, '');
  return clean.slice(0, 60) || 'table';
}

/** The field and its button. */
export class FileSaver {
  constructor(
    parent: HTMLElement,
    private readonly _subject: FileSubject
  ) {
    const field = element('label', 'lsp-Panel-field', parent);
    element('span', '', field, 'In your folder');
    this._path = element('input', 'lsp-Input', field);
    this._path.type = 'text';
    this._path.spellcheck = false;
    this._path.setAttribute('aria-label', 'File in your folder');
    this._path.addEventListener('input', () => this._tell(''));
    this._path.addEventListener('keydown', event => {
      if (event.key === 'Enter' && !event.isComposing) {
        void this._save(false);
      }
    });
    const tools = element('div', 'lsp-Panel-tools', parent);
    this._save_ = button('lsp-Panel-action', tools, 'Save file', () => void this._save(false));
    this._replace = button(
      'lsp-Panel-action lsp-mod-quiet',
      tools,
      'Replace it',
      () => void this._save(true)
    );
    this._note = element('div', 'lsp-Panel-note', parent);
    this._note.setAttribute('role', 'status');
    this._path.value = `${stemOf(_subject.stem)}.${this._ending()}`;
    this._tell('');
  }

  /** The format is another: so is the ending. */
  update(): void {
    const endings = Object.values(ENDINGS).join('|');
    this._path.value = this._path.value.replace(
      new RegExp(`\\.(${endings})$`, 'i'),
      `.${this._ending()}`
    );
    this._tell('');
  }

  dispose(): void {
    this._saving?.abort();
  }

  private _ending(): string {
    return ENDINGS[this._subject.format()] ?? 'dat';
  }

  private async _save(replace: boolean): Promise<void> {
    const path = this._path.value.trim();
    if (path === '') {
      this._tell('Give the file a name.', 'error');
      this._path.focus();
      return;
    }
    this._saving?.abort();
    const saving = (this._saving = new AbortController());
    this._tell('Saving…', 'busy');
    try {
      const told = await this._subject.write(path, replace, saving.signal);
      if (this._saving === saving) {
        this._tell(`Saved as ${told.path}, ${bytesText(told.bytes)}`);
      }
    } catch (reason) {
      if (this._saving === saving && !isCancelled(reason)) {
        this._tell(reasonText(reason), this._subject.isTaken(reason) ? 'taken' : 'error');
      }
    }
  }

  private _tell(text: string, state: '' | 'busy' | 'error' | 'taken' = ''): void {
    this._note.textContent = text;
    this._note.classList.toggle('lsp-mod-error', state === 'error' || state === 'taken');
    this._save_.disabled = state === 'busy';
    this._replace.disabled = state === 'busy';
    this._replace.hidden = state !== 'taken';
  }

  private readonly _path: HTMLInputElement;
  private readonly _save_: HTMLButtonElement;
  private readonly _replace: HTMLButtonElement;
  private readonly _note: HTMLElement;
  private _saving: AbortController | null = null;
}
