/** Saves a table as it is shown: as a file, as a table of one's own, as code. */

import type { Analysis } from './analysis';
import { button, element, isCancelled, reasonText } from './dom';
import type { DrawerPanel } from './drawer';
import { FileSaver } from './file_saver';
import { rowCount } from './footer';
import { PLAIN } from './source';
import type { TableView } from './source';
import { bytesText } from './units';

/** Formats of files. */
const FORMATS: ReadonlyArray<readonly [string, string]> = [
  ['votable', 'VOTable'],
  ['fits', 'FITS'],
  ['parquet', 'Parquet'],
  ['csv', 'CSV'],
  ['tsv', 'TSV'],
  ['ecsv', 'ECSV'],
  ['arrow', 'Arrow'],
  ['json', 'JSON'],
  ['sqlite', 'SQLite'],
  ['html', 'HTML']
];

/** What is to be saved. */
export interface SavedPart {
  readonly view: TableView;
  /** Names; `null` for all columns of the view. */
  readonly columns: readonly string[] | null;
}

/** What the panel is told. */
export interface SaveSubject {
  readonly analysis: Analysis;
  view(): TableView;
  /** Names of the columns shown, in their order. */
  columns(): readonly string[];
  /** Columns that there are, and rows of the result. */
  all(): readonly string[];
  rows(): number;
  download(url: string): void;
  keep(part: SavedPart): void;
  copy(adql: string): void;
}

/** The panel. */
export class SavePanel implements DrawerPanel {
  constructor(private readonly _subject: SaveSubject) {
    this.node.className = 'lsp-SaveShown';
    element('h4', 'lsp-Panel-title', this.node, 'Rows and columns');
    this._rows = this._check();
    this._columns = this._check();
    element('h4', 'lsp-Panel-title', this.node, 'As a file');
    const field = element('label', 'lsp-Panel-field', this.node);
    element('span', '', field, 'Format');
    this._format = element('select', 'lsp-Input', field);
    for (const [value, label] of FORMATS) {
      element('option', '', this._format, label).value = value;
    }
    this._format.addEventListener('change', () => {
      this._file.update();
      this.update();
    });
    this._size = element('div', 'lsp-Panel-note', this.node);
    this._size.setAttribute('role', 'status');
    const tools = element('div', 'lsp-Panel-tools', this.node);
    button('lsp-Panel-action', tools, 'Download', () => {
      const { view, columns } = this._part();
      _subject.download(_subject.analysis.downloadUrl(view, columns, this._format.value));
    });
    this._file = new FileSaver(this.node, {
      stem: _subject.analysis.stem,
      format: () => this._format.value,
      write: (path, replace, signal) => {
        const { view, columns } = this._part();
        return _subject.analysis.file(view, columns, this._format.value, path, replace, signal);
      },
      isTaken: reason => _subject.analysis.isTaken(reason)
    });
    element('h4', 'lsp-Panel-title', this.node, 'As a table of your own');
    const own = element('div', 'lsp-Panel-tools', this.node);
    button('lsp-Panel-action', own, 'Save as table…', () => _subject.keep(this._part()));
    element('h4', 'lsp-Panel-title', this.node, 'As a query');
    this._code = element('pre', 'lsp-Panel-code', this.node);
    this._code.tabIndex = 0;
    this._code.setAttribute('aria-label', 'The query that gives this table');
    const last = element('div', 'lsp-Panel-tools', this.node);
    this._copy = button(
      'lsp-Panel-action lsp-mod-quiet',
      last,
      'Copy as code',
      () => _subject.copy(this._adql),
      'Copy the Python that gives this table'
    );
    this.update();
  }

  readonly node = document.createElement('div');

  update(): void {
    const { view, columns, all, rows } = this._subject;
    const shown = columns().length;
    this._rows.text.textContent = 'Only the rows of this view, in its order';
    this._columns.text.textContent = `Only the ${shown} of ${all().length} columns shown`;
    const part = this._part();
    const key = JSON.stringify([part, this._format.value, view(), rows()]);
    if (key !== this._key) {
      this._key = key;
      void this._estimate(part);
    }
  }

  dispose(): void {
    this._asking?.abort();
    this._file.dispose();
  }

  private _check(): { readonly box: HTMLInputElement; readonly text: HTMLElement } {
    const label = element('label', 'lsp-Panel-check', this.node);
    const box = element('input', '', label);
    box.type = 'checkbox';
    box.checked = true;
    box.addEventListener('change', () => this.update());
    return { box, text: element('span', '', label) };
  }

  private _part(): SavedPart {
    const view = this._subject.view();
    const shown = this._subject.columns();
    const all = this._subject.all();
    const some = shown.length !== all.length || shown.some((name, i) => name !== all[i]);
    return {
      view: this._rows.box.checked ? view : { ...PLAIN, derive: view.derive },
      // All of them need no names, which may be thousands.
      columns: this._columns.box.checked && some ? shown : null
    };
  }

  private async _estimate(part: SavedPart): Promise<void> {
    this._asking?.abort();
    const asking = (this._asking = new AbortController());
    const { analysis } = this._subject;
    this._size.classList.remove('lsp-mod-error');
    this._size.textContent = 'Estimating the size…';
    this._copy.disabled = true;
    const said = (reason: unknown): void => {
      if (this._asking === asking && !isCancelled(reason)) {
        this._size.classList.add('lsp-mod-error');
        this._size.textContent = reasonText(reason);
      }
    };
    const size = analysis
      .size(part.view, part.columns, this._format.value, asking.signal)
      .then(({ rows, columns, bytes }) => {
        if (this._asking === asking) {
          const many = `${rowCount(rows)}, ${columns} ${columns === 1 ? 'column' : 'columns'}`;
          this._size.textContent = `${many}, about ${bytesText(bytes)}`;
        }
      })
      .catch(said);
    const adql = analysis
      .adql(part.view, part.columns, asking.signal)
      .then(text => {
        if (this._asking === asking) {
          this._adql = text;
          this._code.textContent = text;
          this._copy.disabled = false;
        }
      })
      .catch((reason: unknown) => {
        if (this._asking === asking && !isCancelled(reason)) {
          this._code.textContent = reasonText(reason);
        }
      });
    await Promise.all([size, adql]);
  }

  private readonly _rows: { readonly box: HTMLInputElement; readonly text: HTMLElement };
  private readonly _columns: { readonly box: HTMLInputElement; readonly text: HTMLElement };
  private readonly _format: HTMLSelectElement;
  private readonly _size: HTMLElement;
  private readonly _code: HTMLElement;
  private readonly _file: FileSaver;
  private readonly _copy: HTMLButtonElement;
  private _adql = '';
  private _asking: AbortController | null = null;
  private _key = '';
}
