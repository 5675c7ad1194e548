/** What other extensions may ask for. */

import { Token } from '@lumino/coreutils';
import type { ISignal } from '@lumino/signaling';

import type { Client } from './api/client';
import type { EventChannel } from './api/events';
import type { CatalogModel } from './state/catalog';
import type { NotebookForm } from './state/code';
import type { HighlightModel } from './state/highlight';
import type { JobsModel } from './state/jobs';
import type { ResultsModel } from './state/results';
import type { ServicesModel } from './state/services';
import type { TablesModel } from './state/tables';

/** The user's settings. */
export interface Settings {
  /** Rows of a result at most; 0 for the limit of the server. */
  readonly maxrec: number;
  /** Whether JupyterLab starts with the panel open. */
  readonly openAtStart: boolean;
  /** What "Send to notebook" makes of a result. */
  readonly notebookForm: NotebookForm;
  /** Whether a result opens by itself when its query was run from the panel. */
  readonly openResults: boolean;
  /** Font size of the query editor, pixels; 0 for JupyterLab's own. */
  readonly editorFontSize: number;
  /** Whether to tell when a query ends that ran longer than this, seconds; 0 never. */
  readonly notifyAfter: number;
}

/** The settings in force. */
export interface ISettingsModel {
  readonly current: Settings;
  readonly changed: ISignal<ISettingsModel, void>;
  /** The user's own were read, or cannot be. */
  readonly ready: Promise<void>;
}

/** The platform as the page sees it. */
export interface IPlatform {
  readonly client: Client;
  readonly channel: EventChannel;
  readonly catalog: CatalogModel;
  readonly jobs: JobsModel;
  readonly results: ResultsModel;
  readonly tables: TablesModel;
  readonly highlight: HighlightModel;
  readonly services: ServicesModel;
  readonly settings: ISettingsModel;
}

/** Ask for this to work with catalogues, jobs and results. */
export const IPlatform = new Token<IPlatform>(
  'lsp-jupyter:IPlatform',
  'Catalogues, jobs and results of the science platform.'
);

/** The commands, by what they do. */
export const CommandIDs = {
  openPanel: 'lsp:open-panel',
  runQuery: 'lsp:run-query',
  editQuery: 'lsp:edit-query',
  insertName: 'lsp:insert-name',
  firstRows: 'lsp:select-top',
  openResult: 'lsp:open-result',
  sendToNotebook: 'lsp:send-to-notebook',
  cancelJob: 'lsp:cancel-job',
  deleteJob: 'lsp:delete-job',
  labelJob: 'lsp:label-job',
  rerunJob: 'lsp:rerun-job',
  copyLink: 'lsp:copy-link',
  download: 'lsp:download',
  refreshCatalog: 'lsp:refresh-catalog',
  saveTable: 'lsp:save-table',
  uploadTable: 'lsp:upload-table',
  renameTable: 'lsp:rename-table',
  deleteTable: 'lsp:delete-table',
  copyCode: 'lsp:copy-code',
  sessionNotebook: 'lsp:session-notebook',
  openChart: 'lsp:open-chart',
  saveChart: 'lsp:save-chart',
  openWall: 'lsp:open-wall',
  openImage: 'lsp:open-image',
  openSky: 'lsp:open-sky',
  shareLink: 'lsp:share-link'
} as const;
