/** What the server sends: the shapes of `lsp_jupyter/portal`. */

import type { ErrorData } from './errors';

/** One column of a published table. */
export interface ColumnInfo {
  readonly name: string;
  readonly datatype: string;
  readonly arraysize?: string | null;
  readonly xtype?: string | null;
  readonly unit?: string | null;
  readonly ucd?: string | null;
  readonly description?: string | null;
  readonly principal?: boolean;
  readonly indexed?: boolean;
  /** The lowest and the highest value of numbers and times, where that is known. */
  readonly low?: string;
  readonly high?: string;
  /** The share of rows without a value. */
  readonly missing?: number;
  /** All values of a column that has few. */
  readonly choices?: readonly string[];
}

/** One published table. */
export interface TableInfo {
  /** As queries write it, such as `gaia.source`. */
  readonly name: string;
  readonly description?: string | null;
  readonly rows: number | null;
  /** The columns of its position (ICRS, degrees). */
  readonly position?: readonly [string, string] | null;
  /** The column of the outlines of what its rows are about, such as images. */
  readonly outline?: string | null;
  /** Whether it is of an outside service: `name` is then as queries write it. */
  readonly outside?: boolean;
  readonly columns: readonly ColumnInfo[];
}

/** A set of tables published together. */
export interface Release {
  readonly name: string;
  readonly title?: string | null;
  readonly description?: string | null;
  readonly license?: string | null;
  readonly citation?: string | null;
  readonly tables: readonly TableInfo[];
  /** Whether these are tables of the caller's own. */
  readonly own?: boolean;
}

/** A table of the caller's own. */
export interface UserTable {
  /** Without the schema. */
  readonly name: string;
  /** As queries write it, such as `mydb.targets`. */
  readonly full_name: string;
  readonly title?: string;
  readonly description?: string;
  readonly rows: number;
  /** Bytes on disk. */
  readonly size: number;
  /** When its rows were stored; ISO 8601, UTC. */
  readonly changed: string;
  readonly position?: readonly [string, string] | null;
  readonly columns: readonly ColumnInfo[];
}

/** The tables of the caller's own, and how many bytes they, and a file, may have. */
export interface UserTables {
  readonly tables: readonly UserTable[];
  readonly used: number;
  readonly limit: number;
  readonly upload_limit: number;
}

/** What happens to a table that exists already. */
export type SaveMode = 'create' | 'replace' | 'append';

/** A query that works and shows something. */
export interface Example {
  readonly title: string;
  readonly adql: string;
}

/** Phases of a job (UWS 1.1 section 2.1.3). */
export type Phase =
  'PENDING' | 'QUEUED' | 'EXECUTING' | 'COMPLETED' | 'ERROR' | 'ABORTED' | 'HELD' | 'ARCHIVED';

/** One job, as its owner sees it. Times are ISO 8601, UTC. */
export interface Job {
  readonly id: string;
  readonly phase: Phase;
  readonly query: string;
  readonly origin: string;
  /** The outside service that runs it. */
  readonly service?: string | null;
  readonly run_id?: string;
  /** What its owner calls it. */
  readonly name?: string;
  readonly tags?: readonly string[];
  readonly created: string;
  readonly started?: string | null;
  readonly ended?: string | null;
  /** Seconds it has run, `null` before it starts. */
  readonly elapsed?: number | null;
  readonly rows: number;
  /** Bytes of its result. */
  readonly size: number;
  readonly fraction?: number | null;
  readonly overflow: boolean;
  /** Jobs and queries before it while it waits. */
  readonly position?: number | null;
  /** Seconds it is expected to run. */
  readonly expected?: number | null;
  /** The identical job whose stored result answered it. */
  readonly twin?: string | null;
  /** What its owner should know of it; often empty. */
  readonly note?: string;
  readonly error?: ErrorData | null;
}

/** Some of the caller's jobs, newest first. */
export interface JobPage {
  readonly jobs: readonly Job[];
  /** Whether there are older ones. */
  readonly more: boolean;
  /** The tags of all jobs. */
  readonly tags: readonly string[];
}

/** Which jobs are looked for; what is empty does not matter. */
export interface JobSearch {
  /** Words that stand in the query, the labels or the id. */
  readonly text: string;
  /** Phases, separated by commas. */
  readonly phase: string;
  /** Origins, separated by commas. */
  readonly origin: string;
  readonly tag: string;
}

/** One thing that could be written at the cursor. */
export interface Candidate {
  readonly kind: string;
  readonly name: string;
  readonly insert: string;
  /** Characters of `insert` before which the cursor goes. */
  readonly caret: number;
  /** Type and unit, or signature. */
  readonly detail: string;
  readonly description: string;
}

/** What could be written, and the characters it would replace. */
export interface Candidates {
  readonly start: number;
  readonly end: number;
  readonly more: boolean;
  readonly candidates: readonly Candidate[];
}

/** A query in words. */
export interface Explanation {
  readonly steps: ReadonlyArray<{ readonly title: string; readonly text: string }>;
}

/** An object that a name is of; ICRS, degrees. */
export interface NameMatch {
  readonly name: string;
  readonly ra: number;
  readonly dec: number;
  /** Where it is known from. */
  readonly source: string;
}

/** Objects of a name, the best first. */
export interface NameMatches {
  readonly matches: readonly NameMatch[];
  /** Names spelt much alike, where there is none. */
  readonly near?: readonly string[];
}

/** A query as the search form has it. */
export interface FormReading {
  /** The form, as the state of the front end has it; parts that say nothing are left out. */
  readonly form: Readonly<Record<string, unknown>> | null;
  /** Why there is none; empty if there is. */
  readonly reason: string;
}

/** What a query is expected to cost; `null` where that is not known. */
export interface Estimate {
  readonly rows: number | null;
  readonly bytes: number | null;
  readonly seconds: number | null;
}

/** A file of the user's folder that holds a table. */
export interface DataFile {
  /** From the folder, as JupyterLab has it. */
  readonly path: string;
  readonly size: number;
  /** When it was changed, ISO 8601. */
  readonly changed: string;
}

/** The data files there are. */
export interface DataFiles {
  readonly files: readonly DataFile[];
  /** Whether these are all. */
  readonly complete: boolean;
}

/** What a query asks for. */
export interface Submission {
  readonly adql: string;
  readonly maxrec?: number;
  readonly origin?: 'portal' | 'notebook';
  readonly run_id?: string;
  /** The outside service that shall run it. */
  readonly service?: string;
}

/** An outside TAP service. */
export interface Service {
  readonly name: string;
  readonly url: string;
  readonly title: string;
  /** Whether the user added it, and so may remove it. */
  readonly own: boolean;
}

/** A table of an outside service. */
export interface ServiceTable {
  readonly schema: string;
  readonly name: string;
  readonly description: string;
}

/** Some tables of an outside service. */
export interface ServiceTables {
  readonly tables: readonly ServiceTable[];
  /** How many match the search; the first of them are listed. */
  readonly found: number;
  readonly total: number;
}

/** A column of a table of an outside service. */
export interface ServiceColumn {
  readonly name: string;
  /** The type of VOTable, whatever the service calls it. */
  readonly datatype: string;
  readonly xtype: string;
  readonly arraysize: string;
  readonly unit: string;
  readonly ucd: string;
  readonly description: string;
  readonly principal: boolean;
  readonly indexed: boolean;
}

/** One column of a result. */
export interface ResultColumn {
  readonly name: string;
  readonly datatype?: string | null;
  readonly arraysize?: string | null;
  readonly xtype?: string | null;
  readonly unit?: string | null;
  readonly ucd?: string | null;
  readonly description?: string | null;
  /** Its Arrow type. */
  readonly arrow?: string;
}

/** A result: everything about it but the rows. */
export interface ResultInfo {
  /** The id of its job. */
  readonly id: string;
  readonly query: string;
  readonly columns: readonly ResultColumn[];
  readonly rows: number;
  readonly size: number;
  readonly complete: boolean;
  readonly overflow: boolean;
  readonly provenance?: Readonly<Record<string, string>>;
}

/** Half-open row ranges, ascending and disjoint. */
export type Ranges = ReadonlyArray<readonly [number, number]>;

/** The selected rows of a result, in the order of the result. */
export interface Selection {
  readonly ranges: Ranges;
  readonly rows: number;
  readonly revision: number;
}

/** The operators of a filter. */
export type FilterOp =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'contains'
  | 'startswith'
  | 'isnull'
  | 'notnull'
  | 'in'
  | 'between';

/** A value of a filter; integers beyond 2^53 travel as text. */
export type FilterValue = string | number | boolean | null | ReadonlyArray<string | number>;

/** One condition of a view. */
export type Filter = readonly [column: string, op: FilterOp, value: FilterValue];

/** One sort key of a view. */
export type SortKey = readonly [column: string, order: 'asc' | 'desc'];

/** A computed column: name, expression and unit. */
export type Derived = readonly [name: string, expression: string, unit?: string];

/** What is shown of a result. */
export interface View {
  readonly sort: readonly SortKey[];
  readonly filter: readonly Filter[];
  readonly derive?: readonly Derived[];
  readonly where?: readonly string[];
  readonly subset?: string;
}

/** Versions of the server's parts. */
export interface Versions {
  readonly package: string;
  readonly labextension: string | null;
  readonly api: number;
  readonly instance?: string;
  readonly role?: string;
}

/** Formats a result can be downloaded in. */
export type DownloadFormat =
  'votable' | 'fits' | 'parquet' | 'csv' | 'tsv' | 'ecsv' | 'arrow' | 'json' | 'sqlite' | 'html';

/** A message of the event channel. */
export interface EventMessage {
  readonly seq?: number;
  readonly topic: 'job' | 'show' | 'selection' | 'subsets' | 'tables' | 'hello' | 'ping' | 'reset';
  readonly id?: string;
  readonly state?: Readonly<Record<string, unknown>> | null;
}

/** Whether a job can still change by itself. */
export function isActive(job: Pick<Job, 'phase'>): boolean {
  return (
    job.phase === 'PENDING' ||
    job.phase === 'QUEUED' ||
    job.phase === 'EXECUTING' ||
    job.phase === 'HELD'
  );
}

/** Whether a view shows every row in the order of the result, and nothing computed. */
export function isPlain(view: View): boolean {
  const { sort, filter, derive = [], where = [], subset } = view;
  return [sort, filter, derive, where].every(part => part.length === 0) && !subset;
}
