/** What can be asked about a view besides its rows. */

import type { SourceColumn, TableView } from './source';

/** A value of a statistic: 64-bit integers and times are text. */
export type StatisticValue = number | string | null;

/** How often values between two edges occur. */
export interface Histogram {
  readonly edges: ReadonlyArray<number | string>;
  readonly counts: readonly number[];
  /** Values that lie outside, such as a sentinel. */
  readonly below: number;
  readonly above: number;
}

/** What the values of a column are like. */
export interface ColumnStatistics {
  readonly name: string;
  readonly unit?: string | null;
  readonly kind: 'number' | 'integer' | 'time' | 'boolean' | 'text' | 'array';
  readonly count: number;
  readonly nulls: number;
  readonly infinite?: number;
  readonly distinct?: number | null;
  readonly min?: StatisticValue;
  readonly max?: StatisticValue;
  readonly mean?: StatisticValue;
  readonly sigma?: StatisticValue;
  readonly median?: StatisticValue;
  readonly quantiles?: Readonly<Record<string, StatisticValue>>;
  readonly skew?: StatisticValue;
  readonly kurtosis?: StatisticValue;
  readonly histogram?: Histogram;
  readonly top?: ReadonlyArray<{
    readonly value: string | number | boolean;
    readonly count: number;
  }>;
}

/** An expression that is wrong, and where. */
export interface ExpressionError {
  readonly message: string;
  readonly hint?: string;
  readonly line?: number;
  readonly column?: number;
  readonly length?: number;
}

/** What an expression gives, or why it is none. */
export interface Checked {
  readonly column?: Partial<SourceColumn>;
  readonly uses?: readonly string[];
  readonly error?: ExpressionError;
}

/** How large a table as shown will be. */
export interface ShownSize {
  readonly rows: number;
  readonly columns: number;
  readonly bytes: number;
}

/** A file in the user's folder. */
export interface SavedFile {
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
}

/** A set of rows with a name. */
export interface NamedSubset {
  readonly name: string;
  readonly rows: number;
  readonly kind?: string;
  readonly expression?: string;
}

/** What a new subset is made of. */
export type SubsetMaker =
  { readonly selection: true } | { readonly expression: string } | { readonly view: TableView };

/** What a service takes (DataLink 1.1 section 4.1). */
export interface ServiceParameter {
  readonly name: string;
  readonly unit: string;
  readonly xtype: string;
  readonly description: string;
  /** What it is, or is by default. */
  readonly value: string;
  /** The end of what gives an answer; of a circle, the smallest that holds all. */
  readonly most: string;
  /** All that it can be; empty if there are no such. */
  readonly options: readonly string[];
}

/** A service that a link leads to. */
export interface RowService {
  readonly url: string;
  /** Identifier of the standard that it keeps to. */
  readonly standard: string;
  readonly parameters: readonly ServiceParameter[];
}

/** Where the links of something are on this server. */
export interface LinkAddress {
  /** Below the platform. */
  readonly path: readonly string[];
  readonly id: string;
}

/** One thing that belongs to a row (DataLink 1.1 section 3). */
export interface RowLink {
  readonly url: string;
  readonly semantics: string;
  readonly description: string;
  readonly type: string;
  readonly bytes: number | null;
  readonly error: string;
  /** What is called with parameters; `null` for what is at an address. */
  readonly service: RowService | null;
}

/** Another open table that this one can be matched with. */
export interface OtherTable {
  readonly id: string;
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly SourceColumn[];
}

/** How two tables are matched. */
export interface MatchRequest {
  readonly b: string;
  readonly kind: 'sky' | 'key';
  /** Arcseconds. */
  readonly radius?: number;
  readonly a_columns?: readonly string[];
  readonly b_columns?: readonly string[];
  /** Whether rows without a partner come too. */
  readonly keep: boolean;
}

/** Asks the server about views of one result. Every promise of it rejects with what went wrong. */
export interface Analysis {
  /** What a file of the table may be called, without an ending. */
  readonly stem: string;
  /** Statistics of columns (all if `null`), each told as soon as it is there. */
  statistics(
    view: TableView,
    columns: readonly string[] | null,
    told: (column: ColumnStatistics) => void,
    signal: AbortSignal
  ): Promise<void>;
  /** Whether an expression is right. */
  check(
    view: TableView,
    kind: 'derive' | 'where',
    text: string,
    signal: AbortSignal
  ): Promise<Checked>;
  /** The query that gives what a view shows. */
  adql(view: TableView, columns: readonly string[] | null, signal: AbortSignal): Promise<string>;
  /** About how large a file of it will be. */
  size(
    view: TableView,
    columns: readonly string[] | null,
    format: string,
    signal: AbortSignal
  ): Promise<ShownSize>;
  /** Where the browser gets that file. */
  downloadUrl(view: TableView, columns: readonly string[] | null, format: string): string;
  /** Write that file into the user's folder; rejects if there is one of that name. */
  file(
    view: TableView,
    columns: readonly string[] | null,
    format: string,
    path: string,
    replace: boolean,
    signal: AbortSignal
  ): Promise<SavedFile>;
  /** Whether a promise was rejected because there is such a thing already. */
  isTaken(reason: unknown): boolean;
  /** The subsets as they were last read. */
  readonly subsets: readonly NamedSubset[];
  loadSubsets(): Promise<void>;
  putSubset(name: string, maker: SubsetMaker, signal: AbortSignal): Promise<NamedSubset>;
  renameSubset(name: string, to: string): Promise<void>;
  removeSubset(name: string): Promise<void>;
  /** A condition of ADQL that finds the rows of a subset. */
  subsetWhere(name: string, signal: AbortSignal): Promise<string>;
  /** What belongs to an image, or to a row of a catalogue. */
  links(address: LinkAddress, signal: AbortSignal): Promise<readonly RowLink[]>;
  /** Where the links behind an address are, if this server has them. */
  ownLinks(url: string): LinkAddress | null;
  /** Whether an address is one of this server. */
  isOwn(url: string): boolean;
  /** Other open tables. */
  others(): readonly OtherTable[];
  /** The query that matches this table with another. */
  match(request: MatchRequest, signal: AbortSignal): Promise<string>;
}
