/** What the table viewer asks the server about views of a result. */

import type { Client } from '../api/client';
import { asPlatformError } from '../api/errors';
import type { DownloadFormat } from '../api/models';
import type {
  Analysis,
  Checked,
  ColumnStatistics,
  LinkAddress,
  MatchRequest,
  NamedSubset,
  OtherTable,
  RowLink,
  SavedFile,
  ShownSize,
  SubsetMaker
} from '../viewers/analysis';
import type { TableView } from '../viewers/source';
import { isOwn, linkAddress, readLinks } from './links';

type Columns = readonly string[] | null;

/** Asks about one result. */
export class PortalAnalysis implements Analysis {
  constructor(
    private readonly _client: Client,
    private readonly _id: string,
    readonly stem: string,
    /** Told when the subsets are others. */
    private readonly _changed: () => void,
    private readonly _others: () => readonly OtherTable[]
  ) {}

  get subsets(): readonly NamedSubset[] {
    return this._subsets;
  }

  statistics(
    view: TableView,
    columns: Columns,
    told: (column: ColumnStatistics) => void,
    signal: AbortSignal
  ): Promise<void> {
    const take = (line: ColumnStatistics | { columns: ColumnStatistics[] }): void =>
      'columns' in line ? line.columns.forEach(told) : told(line);
    const body = { view, columns: columns ?? undefined };
    return this._client.linesOfResult(this._id, ['statistics'], body, take, signal);
  }

  check(
    view: TableView,
    kind: 'derive' | 'where',
    text: string,
    signal: AbortSignal
  ): Promise<Checked> {
    return this._ask('check', { view, [kind]: text }, signal);
  }

  async adql(view: TableView, columns: Columns, signal: AbortSignal): Promise<string> {
    const body = { view, columns: columns ?? undefined };
    return (await this._ask<{ adql: string }>('adql', body, signal)).adql;
  }

  size(view: TableView, columns: Columns, format: string, signal: AbortSignal): Promise<ShownSize> {
    return this._ask('size', { view, columns: columns ?? undefined, format }, signal);
  }

  downloadUrl(view: TableView, columns: Columns, format: string): string {
    return this._client.downloadUrl(this._id, format as DownloadFormat, view, columns);
  }

  file(
    view: TableView,
    columns: Columns,
    format: string,
    path: string,
    replace: boolean,
    signal: AbortSignal
  ): Promise<SavedFile> {
    const body = { view, columns: columns ?? undefined, format, path, replace };
    return this._ask('workspace', body, signal);
  }

  isTaken(reason: unknown): boolean {
    return asPlatformError(reason).status === 409;
  }

  /** Whether somebody has looked at the subsets. */
  get known(): boolean {
    return this._known;
  }

  async loadSubsets(): Promise<void> {
    this._known = true;
    const path = ['subsets'];
    const found = await this._client.ofResult<{ subsets: NamedSubset[] }>(this._id, 'GET', path);
    this.take(found.subsets);
  }

  /** Take over the subsets as they are now. */
  take(subsets: readonly NamedSubset[]): void {
    if (JSON.stringify(subsets) !== JSON.stringify(this._subsets)) {
      this._subsets = subsets;
      this._changed();
    }
  }

  async putSubset(name: string, maker: SubsetMaker, signal: AbortSignal): Promise<NamedSubset> {
    const path = ['subsets', name];
    const made = await this._client.ofResult<NamedSubset>(this._id, 'PUT', path, maker, signal);
    await this.loadSubsets();
    return made;
  }

  async renameSubset(name: string, to: string): Promise<void> {
    await this._client.tellResult(this._id, 'PATCH', ['subsets', name], { name: to });
    await this.loadSubsets();
  }

  async removeSubset(name: string): Promise<void> {
    await this._client.tellResult(this._id, 'DELETE', ['subsets', name]);
    await this.loadSubsets();
  }

  async subsetWhere(name: string, signal: AbortSignal): Promise<string> {
    const path = ['subsets', name, 'where'];
    const { _client: client, _id: id } = this;
    return (await client.ofResult<{ where: string }>(id, 'GET', path, undefined, signal)).where;
  }

  async links({ path, id }: LinkAddress, signal: AbortSignal): Promise<readonly RowLink[]> {
    return readLinks(await this._client.links(path, id, signal));
  }

  ownLinks(url: string): LinkAddress | null {
    return linkAddress(url, this._client.settings.baseUrl);
  }

  isOwn(url: string): boolean {
    return isOwn(url, this._client.settings.baseUrl);
  }

  others(): readonly OtherTable[] {
    return this._others();
  }

  async match(request: MatchRequest, signal: AbortSignal): Promise<string> {
    const body = { a: this._id, ...request };
    const found = await this._client.ofResult<{ adql: string }>('match', 'POST', [], body, signal);
    return found.adql;
  }

  private _ask<T>(what: string, body: unknown, signal: AbortSignal): Promise<T> {
    return this._client.ofResult(this._id, 'POST', [what], body, signal);
  }

  private _known = false;
  private _subsets: readonly NamedSubset[] = [];
}
