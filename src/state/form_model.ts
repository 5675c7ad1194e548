/** The search form while it is filled in. */

import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import { asPlatformError, isAbort } from '../api/errors';
import type {
  FormReading,
  NameMatch,
  NameMatches,
  Release,
  ResultInfo,
  TableInfo,
  UserTable
} from '../api/models';
import { quoteTable } from './adql';
import { FormError, begin } from './constraints';
import type { Constraint } from './constraints';
import { NO_SKY, emptyForm, skyOf, writeQuery } from './form';
import type { Form, SkyForm } from './form';
import { MAX_POSITIONS, degreesText, parsePosition } from './positions';
import { LIST_BYTES, positionColumns, positionLines } from './targets';

/** Who is asked. */
export interface FormServer {
  /** What form a query is of, or why of none. */
  readForm(adql: string, signal?: AbortSignal, outside?: TableInfo): Promise<FormReading>;
  /** What a result is like. */
  result(id: string, signal?: AbortSignal): Promise<Pick<ResultInfo, 'columns'>>;
  /** Where an object is. */
  resolveName(name: string, table: string, signal?: AbortSignal): Promise<NameMatches>;
}

/** Holds a form, writes its query, and reads queries back. */
export class FormModel {
  /** `only`: the one table that is searched; any if it is empty. */
  constructor(
    private readonly _server: FormServer,
    private readonly _only = ''
  ) {}

  get changed(): ISignal<this, void> {
    return this._changed;
  }

  /** The outside service that is searched; empty for this platform. */
  get place(): string {
    return this._place;
  }

  /** What can be searched. */
  get releases(): readonly Release[] {
    return this._releases;
  }

  get form(): Form | null {
    return this._form;
  }

  /** The table that is searched; `null` if it is not there any more. */
  get table(): TableInfo | null {
    return this._find(this._form?.table ?? '');
  }

  /** What is wrong with the form; `null` if it says something. */
  get problem(): FormError | null {
    return this._problem;
  }

  /** The query; `null` while something is wrong. */
  get adql(): string | null {
    return this._adql;
  }

  /** Why the query of the editor is not in the form; empty if it is. */
  get foreign(): string {
    return this._foreign;
  }

  /** What was found of the name in the form. */
  get found(): NameMatch | null {
    return this._found;
  }

  /** Why nothing was found of it; empty if it was not looked for. */
  get missing(): string {
    return this._missing;
  }

  get resolving(): boolean {
    return this._asking !== null;
  }

  /** The catalogue, and what users have, changed. */
  setReleases(releases: readonly Release[]): void {
    this._releases = releases;
    if (!this._form) {
      const tables = releases.filter(release => !release.own).flatMap(release => release.tables);
      const first = this._only
        ? tables.find(table => table.name === this._only)
        : (tables.find(table => table.position) ?? tables[0]);
      this._form = first ? emptyForm(first) : null;
    }
    this._write();
  }

  /** Search elsewhere: at an outside service, or here if `place` is empty. Each keeps its form. */
  setPlace(place: string, releases: readonly Release[]): void {
    if (place !== this._place) {
      this._reading?.abort();
      this._asking?.abort();
      this._asking = null;
      this._found = null;
      this._forms.set(this._place, this._form);
      this._form = this._forms.get(place) ?? null;
      this._place = place;
      this._foreign = '';
      this._missing = '';
    }
    this.setReleases(releases);
  }

  /** Search another table; what does not fit it is dropped. */
  setTable(name: string): void {
    const table = this._find(name);
    if (!table || !this._form) {
      return;
    }
    const fresh = emptyForm(table);
    const has = (column: string): boolean => table.columns.some(one => one.name === column);
    const { sky, constraints, limit } = this._form;
    this.set({
      ...fresh,
      sky: table.position ? { ...sky, outline: skyOf(table).outline } : NO_SKY,
      constraints: constraints.filter(each => has(each.column)),
      limit
    });
  }

  /** Change parts of the form. */
  set(change: Partial<Form>): void {
    if (this._form) {
      // What a person says goes before what is still being read.
      this._reading?.abort();
      this._form = { ...this._form, ...change };
      this._foreign = '';
      this._write();
    }
  }

  setSky(change: Partial<SkyForm>): void {
    if (this._form) {
      if ('centre' in change || 'frame' in change || 'targets' in change) {
        this._asking?.abort();
        this._asking = null;
        this._found = null;
        this._missing = '';
      }
      this.set({ sky: { ...this._form.sky, ...change } });
    }
  }

  /** Has a person choose a file of positions; `null` where none can be taken. */
  chooseFile: (() => void) | null = null;

  /** Results whose rows may be positions: their id and a label. */
  get results(): ReadonlyArray<readonly [id: string, label: string]> {
    return this._results;
  }

  setResults(results: ReadonlyArray<readonly [string, string]>): void {
    this._results = results;
    this._changed.emit(undefined);
  }

  /** Search around the rows of a result. */
  async searchAround(id: string): Promise<void> {
    this._missing = '';
    try {
      const { columns } = await this._server.result(id);
      const found = positionColumns(columns);
      if (found) {
        this.setSky({ targets: { table: `job."${id}"`, lon: found[0], lat: found[1] } });
        return;
      }
      this._missing = 'This result has no columns of right ascension and declination.';
    } catch (reason) {
      this._missing = asPlatformError(reason).message;
    }
    this._changed.emit(undefined);
  }

  /** Search around the positions of a file: a list where it is one, else a table made of it. */
  async takeFile(file: File, store: (file: File) => Promise<UserTable | null>): Promise<void> {
    const sky = this._form?.sky;
    if (sky?.shape === 'list' && file.size <= LIST_BYTES) {
      const positions = positionLines(await file.text(), sky.frame);
      if (positions !== null) {
        this.setSky({ positions });
        return;
      }
    }
    if (this._place) {
      this._missing = `${file.name} is no list of positions: write up to ${MAX_POSITIONS}, one a line.`;
      this._changed.emit(undefined);
      return;
    }
    const table = await store(file);
    if (!table) {
      return;
    }
    const [lon, lat] = table.position ?? [];
    const targets = lon && lat ? { table: quoteTable(table.full_name), lon, lat } : null;
    this.setSky({ shape: 'table', frame: 'ICRS', targets });
    if (!targets) {
      this._missing = `${table.full_name} has no columns of right ascension and declination.`;
      this._changed.emit(undefined);
    }
  }

  /** Ask something of a column; a column may be asked twice. */
  addConstraint(name: string): void {
    const column = this.table?.columns.find(one => one.name === name);
    if (column && this._form) {
      this.set({ constraints: [...this._form.constraints, begin(column)] });
    }
  }

  setConstraint(index: number, change: Partial<Constraint>): void {
    const constraints = this._form?.constraints.map((each, i) =>
      i === index ? { ...each, ...change } : each
    );
    this.set({ constraints });
  }

  removeConstraint(index: number): void {
    this.set({ constraints: this._form?.constraints.filter((_, i) => i !== index) });
  }

  /** Whether the centre is a name to look for. */
  get named(): boolean {
    const sky = this._form?.sky;
    const centre = sky?.centre.trim() ?? '';
    return sky !== undefined && /\p{L}|^-?\d+$/u.test(centre) && !parsePosition(centre, sky.frame);
  }

  /** Put the position of the named object in place of its name. */
  async resolve(): Promise<void> {
    const name = this._form?.sky.centre.trim() ?? '';
    if (!this.named || this._asking) {
      return;
    }
    const asking = (this._asking = new AbortController());
    this._missing = '';
    this._changed.emit(undefined);
    try {
      const table = this._form?.table ?? '';
      const { matches, near = [] } = await this._server.resolveName(name, table, asking.signal);
      const match = matches.at(0);
      if (asking.signal.aborted) {
        return;
      }
      this._asking = null;
      if (match) {
        const centre = `${degreesText(match.ra)} ${degreesText(match.dec)}`;
        this.setSky({ centre, frame: 'ICRS' });
        this._found = match;
      } else {
        const alike = near.length > 0 ? ` Did you mean ${near.join(' or ')}?` : '';
        this._missing = `Nothing is known of “${name}” here.${alike}`;
      }
    } catch (reason) {
      if (isAbort(reason) || asking.signal.aborted) {
        return;
      }
      this._asking = null;
      this._missing = asPlatformError(reason).message;
    }
    this._changed.emit(undefined);
  }

  /** Fill the form in as a query says. */
  async read(adql: string): Promise<void> {
    this._reading?.abort();
    if (adql.trim() === '' || adql === this._adql) {
      this._foreign = '';
      this._changed.emit(undefined);
      return;
    }
    if (this._place && !this.table) {
      this._foreign = 'Choose a table to fill the form in.';
      this._changed.emit(undefined);
      return;
    }
    const reading = (this._reading = new AbortController());
    // Until it is known, the query of the editor stands.
    this._foreign = 'Reading the query…';
    this._changed.emit(undefined);
    try {
      const { form: read, reason } = await this._server.readForm(
        adql,
        reading.signal,
        this._place ? (this.table ?? undefined) : undefined
      );
      const form = read as (Omit<Form, 'sky'> & { readonly sky: Partial<SkyForm> }) | null;
      if (reading.signal.aborted) {
        return;
      }
      const table = form && this._find(form.table);
      if (form && this._only && form.table !== this._only) {
        this._foreign = `It searches ${form.table}, not images.`;
      } else if (form && table) {
        // A query without a region says nothing of outlines.
        const sky = form.sky.shape ? NO_SKY : skyOf(table);
        this._form = { ...form, sky: { ...sky, ...form.sky } };
        this._foreign = '';
      } else {
        this._foreign = reason || `There is no table “${form?.table ?? ''}”.`;
      }
    } catch (reason) {
      if (isAbort(reason) || reading.signal.aborted) {
        return;
      }
      this._foreign = asPlatformError(reason).message;
    }
    this._write();
  }

  dispose(): void {
    this._asking?.abort();
    this._reading?.abort();
    Signal.clearData(this);
  }

  private _find(name: string): TableInfo | null {
    const tables = this._releases.flatMap(release => release.tables);
    return tables.find(table => table.name === name) ?? null;
  }

  private _write(): void {
    const { table, _form: form } = this;
    this._problem = null;
    this._adql = null;
    if (form) {
      try {
        if (!table) {
          throw new FormError('table', `There is no table “${form.table}” any more.`);
        }
        this._adql = writeQuery(form, table);
      } catch (error) {
        if (!(error instanceof FormError)) {
          throw error;
        }
        this._problem = error;
      }
    }
    this._changed.emit(undefined);
  }

  private _place = '';
  private readonly _forms = new Map<string, Form | null>();
  private _releases: readonly Release[] = [];
  private _results: ReadonlyArray<readonly [string, string]> = [];
  private _form: Form | null = null;
  private _problem: FormError | null = null;
  private _adql: string | null = null;
  private _foreign = '';
  private _found: NameMatch | null = null;
  private _missing = '';
  private _asking: AbortController | null = null;
  private _reading: AbortController | null = null;
  private readonly _changed = new Signal<this, void>(this);
}
