/** The one way of the front end to the server. */

import { URLExt } from '@jupyterlab/coreutils';
import { ServerConnection } from '@jupyterlab/services';
import { tableFromIPC } from 'apache-arrow';
import type { Table } from 'apache-arrow';

import { PlatformError, errorBody, errorFromReply, isAbort, networkError } from './errors';
import type { ErrorData } from './errors';
import { LINES, readLines } from './lines';
import { isPlain } from './models';
import { gridFrom, pointsFrom } from './drawing';
import { stampsFrom } from './stamps';
import { store } from './storing';
import type { Told } from './storing';
import type { Stamp, StampImages } from './stamps';
import type {
  Checked,
  Density,
  DensityRequest,
  Histogram,
  HistogramRequest,
  Plane,
  Points,
  PointsRequest,
  Region,
  RegionMode
} from './drawing';
import type {
  Candidates,
  DataFiles,
  DownloadFormat,
  Estimate,
  Example,
  Explanation,
  FormReading,
  Job,
  NameMatches,
  JobPage,
  JobSearch,
  Ranges,
  Release,
  ResultInfo,
  SaveMode,
  Selection,
  Service,
  ServiceColumn,
  ServiceTables,
  TableInfo,
  Submission,
  UserTable,
  UserTables,
  Versions,
  View
} from './models';

/** Rows of a view and where they stand. */
export interface RowsReply {
  /** The rows, with the extra column `__row__`: their place in the result. */
  readonly table: Table;
  /** Rows of the whole view so far. */
  readonly rows: number;
  readonly complete: boolean;
}

type Query = Readonly<Record<string, string | number | undefined>>;

/** Typed requests to `{base_url}lsp_jupyter/`. */
export class Client {
  constructor(readonly settings: ServerConnection.ISettings = ServerConnection.makeSettings()) {}

  /** Versions of the server's parts. */
  versions(): Promise<Versions> {
    return this._json('GET', ['version']);
  }

  /** Releases with their tables and columns. */
  async catalog(): Promise<readonly Release[]> {
    return (await this._json<{ releases: Release[] }>('GET', ['portal', 'catalog'])).releases;
  }

  /** Queries to begin with. */
  async examples(): Promise<readonly Example[]> {
    return (await this._json<{ examples: Example[] }>('GET', ['portal', 'examples'])).examples;
  }

  /** The search form that a query is of. */
  readForm(adql: string, signal?: AbortSignal, outside?: TableInfo): Promise<FormReading> {
    const table = outside && {
      name: outside.name,
      position: outside.position,
      columns: outside.columns
    };
    return this._json('POST', ['portal', 'form', 'read'], { adql, table }, {}, signal);
  }

  /** Objects of a name; an id is looked for in `table` first. */
  resolveName(name: string, table: string, signal?: AbortSignal): Promise<NameMatches> {
    return this._json('GET', ['portal', 'names'], undefined, { name, table }, signal);
  }

  /** Submit a query; a query that is not valid raises its `PlatformError`. */
  submit(submission: Submission): Promise<Job> {
    return this._json('POST', ['portal', 'jobs'], { origin: 'portal', ...submission });
  }

  /** The data files of the user's folder. */
  files(signal?: AbortSignal): Promise<DataFiles> {
    return this._json('GET', ['portal', 'files'], undefined, undefined, signal);
  }

  /** Read a data file of the user's folder; the job whose result it becomes. */
  openFile(path: string, signal: AbortSignal): Promise<Job> {
    return this._json('POST', ['portal', 'files', 'open'], { path }, undefined, signal);
  }

  /** What could be written at a place of a query; `offset` counts characters. */
  complete(adql: string, offset: number, signal?: AbortSignal): Promise<Candidates> {
    const path = ['portal', 'adql', 'complete'];
    return this._json('POST', path, { adql, offset }, undefined, signal);
  }

  /** A query in words; rejects with the error of one that is not valid. */
  explain(adql: string, signal?: AbortSignal): Promise<Explanation> {
    return this._json('POST', ['portal', 'adql', 'explain'], { adql }, undefined, signal);
  }

  /** A query laid out anew. */
  async format(adql: string, width: number): Promise<string> {
    const path = ['portal', 'adql', 'format'];
    return (await this._json<{ adql: string }>('POST', path, { adql, width })).adql;
  }

  /** What a query will cost. */
  estimate(adql: string, maxrec?: number, signal?: AbortSignal): Promise<Estimate> {
    return this._json('POST', ['portal', 'estimate'], { adql, maxrec }, undefined, signal);
  }

  /** The newest jobs that are looked for, or those older than `before`. */
  jobs(last: number, search?: JobSearch, before = '', signal?: AbortSignal): Promise<JobPage> {
    const chosen = Object.entries({ ...search, before }).filter(([, value]) => value !== '');
    const query = { last, ...Object.fromEntries(chosen) };
    return this._json('GET', ['portal', 'jobs'], undefined, query, signal);
  }

  /** Give a job a name or tags. */
  labelJob(id: string, label: { name?: string; tags?: readonly string[] }): Promise<Job> {
    return this._json('PATCH', ['portal', 'jobs', id], label);
  }

  /** One job. */
  job(id: string, signal?: AbortSignal): Promise<Job> {
    return this._json('GET', ['portal', 'jobs', id], undefined, undefined, signal);
  }

  /** Cancel a job. */
  async abort(id: string): Promise<void> {
    await this._request('POST', ['portal', 'jobs', id, 'abort']);
  }

  /** Delete a job and its result. */
  async remove(id: string): Promise<void> {
    await this._request('DELETE', ['portal', 'jobs', id]);
  }

  /** The outside services that may be asked. */
  async services(): Promise<readonly Service[]> {
    return (await this._json<{ services: Service[] }>('GET', ['portal', 'services'])).services;
  }

  /** Add an outside service of the user's own; nothing is asked of it. */
  addService(name: string, url: string, title: string): Promise<Service> {
    return this._json('POST', ['portal', 'services'], { name, url, title });
  }

  /** Forget an outside service of the user's own. */
  async removeService(name: string): Promise<void> {
    await this._request('DELETE', ['portal', 'services', name]);
  }

  /** Tables of an outside service whose names or descriptions have every word. */
  serviceTables(name: string, search: string, signal?: AbortSignal): Promise<ServiceTables> {
    const path = ['portal', 'services', name, 'tables'];
    return this._json('GET', path, undefined, { search }, signal);
  }

  /** Columns of a table of an outside service. */
  async serviceColumns(
    name: string,
    table: string,
    signal?: AbortSignal
  ): Promise<readonly ServiceColumn[]> {
    const path = ['portal', 'services', name, 'columns'];
    const found = await this._json<{ columns: ServiceColumn[] }>(
      'GET',
      path,
      undefined,
      { table },
      signal
    );
    return found.columns;
  }

  /** Queries that an outside service gives as examples. */
  async serviceExamples(name: string, signal?: AbortSignal): Promise<readonly Example[]> {
    const path = ['portal', 'services', name, 'examples'];
    const found = await this._json<{ examples: Example[] }>(
      'GET',
      path,
      undefined,
      undefined,
      signal
    );
    return found.examples;
  }

  /** What a result holds. */
  result(id: string, signal?: AbortSignal): Promise<ResultInfo> {
    return this._json('GET', ['portal', 'results', id], undefined, undefined, signal);
  }

  /** Some rows of a view of a result; of the column `whole` alone, one cell as long as it is. */
  async rows(
    id: string,
    start: number,
    count: number,
    view: View,
    signal?: AbortSignal,
    whole?: string
  ): Promise<RowsReply> {
    const query = { start, count, whole, view: isPlain(view) ? undefined : JSON.stringify(view) };
    const path = ['portal', 'results', id, 'rows'];
    const reply = await this._request('GET', path, undefined, query, signal);
    const bytes = new Uint8Array(await reply.arrayBuffer());
    return {
      table: tableFromIPC(bytes),
      rows: Number(reply.headers.get('X-LSP-Rows') ?? 0),
      complete: reply.headers.get('X-LSP-Complete') === 'true'
    };
  }

  /** The selected rows of a result. */
  selection(id: string): Promise<Selection> {
    return this._json('GET', ['portal', 'results', id, 'selection']);
  }

  /** Select rows, given in positions of a view. */
  select(id: string, ranges: Ranges, view: View): Promise<Selection> {
    return this._json('PUT', ['portal', 'results', id, 'selection'], {
      ranges,
      view: isPlain(view) ? null : view
    });
  }

  /** Rows at places of a chart, unless there are more than the limit. */
  async points(id: string, asked: PointsRequest, signal: AbortSignal): Promise<Points> {
    return pointsFrom(await this._drawing(id, 'points', asked, signal));
  }

  /** Rows counted in a grid over a chart. */
  async density(id: string, asked: Plane & DensityRequest, signal: AbortSignal): Promise<Density> {
    return gridFrom(await this._drawing(id, 'density', asked, signal));
  }

  /** Rows counted along an axis. */
  async histogram(id: string, asked: HistogramRequest, signal: AbortSignal): Promise<Histogram> {
    return (await (await this._drawing(id, 'histogram', asked, signal)).json()) as Histogram;
  }

  /** The row nearest to a place of a chart. */
  async pick(
    id: string,
    asked: Plane & {
      readonly at: readonly [number, number];
      readonly radius: readonly [number, number];
    },
    signal: AbortSignal
  ): Promise<number | null> {
    const found = await this._drawing(id, 'pick', asked, signal);
    return ((await found.json()) as { row: number | null }).row;
  }

  /** Change the selection by the rows in a part of a chart. */
  async region(
    id: string,
    asked: Plane & Region & { readonly mode: RegionMode },
    signal: AbortSignal
  ): Promise<Selection> {
    return (await (await this._drawing(id, 'region', asked, signal)).json()) as Selection;
  }

  /** Whether an expression over a result is right; the answer says what is wrong. */
  checkValue(
    id: string,
    derive: string,
    view: object | undefined,
    signal: AbortSignal
  ): Promise<Checked> {
    const path = ['portal', 'results', id, 'check'];
    return this._json('POST', path, { derive, view }, undefined, signal);
  }

  /** Ask something of a result; `path` stands behind its id. */
  ofResult<T>(
    id: string,
    method: string,
    path: readonly string[],
    body?: unknown,
    signal?: AbortSignal
  ): Promise<T> {
    return this._json(method, ['portal', 'results', id, ...path], body, undefined, signal);
  }

  /** Tell a result something that has no answer. */
  async tellResult(
    id: string,
    method: string,
    path: readonly string[],
    body?: unknown
  ): Promise<void> {
    await this._request(method, ['portal', 'results', id, ...path], body);
  }

  /** Ask something that is answered line by line, each told as soon as it is there. */
  async linesOfResult<T>(
    id: string,
    path: readonly string[],
    body: unknown,
    told: (line: T) => void,
    signal: AbortSignal
  ): Promise<void> {
    const full = ['portal', 'results', id, ...path];
    const reply = await this._request('POST', full, body, undefined, signal, LINES);
    await readLines(reply, line => {
      const { error } = line as { error?: ErrorData };
      if (error) {
        throw new PlatformError(error, reply.status);
      }
      told(line as T);
    });
  }

  /** Store a view of a result as a table. */
  saveView(
    id: string,
    view: View,
    columns: readonly string[] | null,
    name: string,
    mode: SaveMode,
    told: Told,
    signal: AbortSignal
  ): Promise<UserTable> {
    const body = JSON.stringify({ view, columns: columns ?? undefined, name, mode });
    const url = this._url(['portal', 'results', id, 'save']);
    return store(this.settings, 'POST', url, body, told, signal);
  }

  /** Images that stamps can be of. */
  async stampImages(): Promise<readonly StampImages[]> {
    return (await this._json<{ images: StampImages[] }>('GET', ['portal', 'stamps'])).images;
  }

  /** Ask something of the jobs that make cutouts; `path` stands behind them. */
  ofCutouts<T>(method: string, path: readonly string[], body?: unknown, query?: Query): Promise<T> {
    return this._json(method, ['portal', 'cutouts', ...path], body, query);
  }

  /** Where the browser gets a file of such a job. */
  cutoutsUrl(id: string, name: string): string {
    return this._url(['portal', 'cutouts', id, name]);
  }

  /** Pictures of places, one after the other. */
  async stamps(asked: object, signal: AbortSignal): Promise<readonly Stamp[]> {
    const reply = await this._request('POST', ['portal', 'stamps'], asked, undefined, signal);
    return stampsFrom(await reply.arrayBuffer());
  }

  /** The document of links of an image, or of a row of a catalogue (DataLink 1.1), as text. */
  async links(path: readonly string[], id: string, signal?: AbortSignal): Promise<string> {
    const votable = 'application/x-votable+xml';
    const reply = await this._request('GET', path, undefined, { ID: id }, signal, votable);
    return reply.text();
  }

  /** The tables of the caller's own. */
  tables(): Promise<UserTables> {
    return this._json('GET', ['portal', 'tables']);
  }

  /** Store the result of a job as a table. */
  saveTable(
    job: string,
    name: string,
    mode: SaveMode,
    told: Told,
    signal: AbortSignal
  ): Promise<UserTable> {
    const body = JSON.stringify({ job, name, mode });
    return store(this.settings, 'POST', this._url(['portal', 'tables']), body, told, signal);
  }

  /** Store a file as a table. */
  uploadTable(
    file: Blob,
    name: string,
    mode: SaveMode,
    told: Told,
    signal: AbortSignal
  ): Promise<UserTable> {
    const url = this._url(['portal', 'tables', name], { mode });
    return store(this.settings, 'PUT', url, file, told, signal);
  }

  /** Give a table another name. */
  renameTable(name: string, to: string): Promise<UserTable> {
    return this._json('PATCH', ['portal', 'tables', name], { name: to });
  }

  /** Delete a table. */
  async removeTable(name: string): Promise<void> {
    await this._request('DELETE', ['portal', 'tables', name]);
  }

  /** Where VO clients find a job (UWS 1.1). */
  jobUrl(id: string): string {
    return this._url(['tap', 'async', id]);
  }

  /** Where the browser downloads a result from; the cookie authenticates. */
  downloadUrl(
    id: string,
    format: DownloadFormat,
    view?: View,
    columns?: readonly string[] | null
  ): string {
    return this._url(['portal', 'results', id, 'download'], {
      format,
      view: view && !isPlain(view) ? JSON.stringify(view) : undefined,
      columns: columns ? JSON.stringify(columns) : undefined
    });
  }

  /**
   * The address of the event channel.
   *
   * It never holds the token: the browser's cookie authenticates.
   */
  eventsUrl(since: number | null): string {
    const url = URLExt.join(this.settings.wsUrl, 'lsp_jupyter', 'portal', 'events');
    return since === null ? url : `${url}?since=${since}`;
  }

  private _url(path: readonly string[], query: Query = {}): string {
    const url = URLExt.join(
      this.settings.baseUrl,
      'lsp_jupyter',
      ...path.map(part => encodeURIComponent(part))
    );
    const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
    const text = new URLSearchParams(pairs.map(([key, value]) => [key, String(value)])).toString();
    return text ? `${url}?${text}` : url;
  }

  /** Whatever is at a path; of VO services too, whose errors are documents (DALI 1.1 section 4.2). */
  get(path: readonly string[], query: Query, signal?: AbortSignal): Promise<Response> {
    return this._request('GET', path, undefined, query, signal);
  }

  private _drawing(
    id: string,
    what: string,
    asked: object,
    signal: AbortSignal
  ): Promise<Response> {
    return this._request('POST', ['portal', 'results', id, what], asked, undefined, signal);
  }

  private async _json<T>(
    method: string,
    path: readonly string[],
    body?: unknown,
    query?: Query,
    signal?: AbortSignal
  ): Promise<T> {
    const reply = await this._request(method, path, body, query, signal);
    return (await reply.json()) as T;
  }

  private async _request(
    method: string,
    path: readonly string[],
    body?: unknown,
    query?: Query,
    signal?: AbortSignal,
    accept = ''
  ): Promise<Response> {
    // 'no-cache' revalidates, and unlike 'no-store' adds no cache buster to the address.
    const init: RequestInit = { method, cache: 'no-cache', signal };
    if (accept) {
      init.headers = { Accept: accept };
    }
    if (body !== undefined) {
      init.body = JSON.stringify(body);
    }
    let reply: Response;
    try {
      reply = await ServerConnection.makeRequest(this._url(path, query), init, this.settings);
    } catch (reason) {
      // ServerConnection wraps every failure of fetch, a cancelled request too.
      if (isAbort(reason) || signal?.aborted) {
        throw new DOMException('Cancelled', 'AbortError');
      }
      throw networkError();
    }
    if (!reply.ok) {
      const text = await reply.text().catch(() => '');
      throw errorFromReply(reply.status, errorBody(text));
    }
    return reply;
  }
}
