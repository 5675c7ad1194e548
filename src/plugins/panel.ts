/** The side panel: catalogues, query, jobs. */

import { ILabShell, ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Clipboard, ICommandPalette, Notification, ToolbarButton } from '@jupyterlab/apputils';
import { IEditorServices } from '@jupyterlab/codeeditor';
import { SidePanel, Toolbar } from '@jupyterlab/ui-components';
import { AccordionPanel } from '@lumino/widgets';

import { asPlatformError } from '../api/errors';
import type { TableInfo, UserTable } from '../api/models';
import { fileUploadIcon, lspIcon, refreshIcon, runIcon } from '../icons';
import { FilesSection } from '../panel/files';
import { FormMode } from '../panel/form';
import { JobsSection } from '../panel/jobs';
import { QuerySection } from '../panel/query';
import { ServiceTablesView } from '../panel/services';
import { TreeSection } from '../panel/tree';
import { firstRows, quoteName, quoteTable } from '../state/adql';
import { FilesModel } from '../state/files';
import { CommandIDs, IPlatform } from '../tokens';
import { openDataFile, takeFiles } from './files';
import { jobMenu } from './jobs';
import { uploadFiles } from './tables';

/** Where the query under way is kept over a reload of the page. */
const DRAFT = 'lsp-jupyter:draft';
/** Shares of the height: catalogues, query, jobs, data files; and when those are first looked at. */
const SIZES = [0.28, 0.46, 0.26, 0];
const WITH_FILES = [0.2, 0.4, 0.2, 0.2];

/** An argument of a command that is text. */
function textOf(argument: unknown): string {
  return typeof argument === 'string' ? argument : '';
}

function toast(reason: unknown): void {
  const error = asPlatformError(reason);
  Notification.error([error.message, error.hint].filter(Boolean).join(' '), { autoClose: 8000 });
}

/** A table that can be queried, published or one's own. */
function tableOf(platform: IPlatform, name: string): TableInfo | undefined {
  return [platform.tables.release, ...platform.catalog.releases]
    .flatMap(release => release.tables)
    .find(one => one.name === name);
}

/** Build the panel and the commands that belong to it. */
function activate(
  app: JupyterFrontEnd,
  platform: IPlatform,
  editors: IEditorServices,
  restorer: ILayoutRestorer | null,
  palette: ICommandPalette | null,
  labShell: ILabShell | null
): void {
  const { commands } = app;
  const run = (id: string, args?: Record<string, string>): void =>
    void commands.execute(id, args).catch(toast);

  const query = new QuerySection(platform, editors);
  const store = (file: File): Promise<UserTable | null> => uploadFiles(app, platform, [file]);
  for (const id of ['form', 'images'] as const) {
    const mode = new FormMode(platform, id);
    mode.takeFiles(file => void mode.model.takeFile(file, store).catch(toast));
    query.addMode(mode);
  }
  const tree = new TreeSection(platform.catalog, platform.tables, {
    insert: name => run(CommandIDs.insertName, { name }),
    firstRows: table => run(CommandIDs.firstRows, { table }),
    copy: text => {
      Clipboard.copyToSystem(text);
      Notification.info('Copied.', { autoClose: 2000 });
    },
    rename: name => run(CommandIDs.renameTable, { name }),
    remove: name => run(CommandIDs.deleteTable, { name }),
    upload: files => void uploadFiles(app, platform, files).catch(toast)
  });
  const jobs = new JobsSection(platform.jobs, {
    open: id => run(CommandIDs.openResult, { id }),
    toNotebook: id => run(CommandIDs.sendToNotebook, { id }),
    save: id => run(CommandIDs.saveTable, { id }),
    edit: id => run(CommandIDs.editQuery, { id }),
    rename: id => run(CommandIDs.labelJob, { id }),
    menu: (id, x, y) => jobMenu(app, platform, id).open(x, y),
    cancel: id => run(CommandIDs.cancelJob, { id }),
    remove: id => run(CommandIDs.deleteJob, { id })
  });

  const files = new FilesModel(platform.client);
  const folder = new FilesSection(files, {
    open: path => void openDataFile(app, path).catch(toast),
    take: dropped =>
      void takeFiles(app, dropped)
        .catch(toast)
        .finally(() => void files.refresh())
  });
  app.serviceManager.contents.fileChanged.connect(() => {
    if (folder.isVisible) {
      void files.refresh();
    }
  });

  const panel = new SidePanel();
  panel.id = 'lsp-panel';
  panel.addClass('lsp-Panel');
  panel.title.icon = lspIcon;
  panel.title.caption = 'Science Platform';
  panel.node.setAttribute('role', 'region');
  panel.node.setAttribute('aria-label', 'Science Platform');
  const refresh = new ToolbarButton({
    icon: refreshIcon,
    tooltip: 'Read the catalogues again',
    onClick: () => run(CommandIDs.refreshCatalog)
  });
  const upload = new ToolbarButton({
    icon: fileUploadIcon,
    tooltip: 'Upload a table: VOTable, FITS, Parquet, Arrow, CSV, TSV or ECSV',
    onClick: () => run(CommandIDs.uploadTable)
  });
  const toolbar = new Toolbar();
  toolbar.addItem('upload', upload);
  toolbar.addItem('refresh', refresh);
  panel.addWidget(Object.assign(tree, { toolbar }));
  panel.addWidget(query);
  panel.addWidget(jobs);
  // It is closed at first; the file browser has its files too.
  folder.hide();
  panel.addWidget(folder);
  if (panel.content instanceof AccordionPanel) {
    const { content } = panel;
    content.setRelativeSizes(SIZES);
    content.expansionToggled.connect(function open(_, index) {
      if (content.widgets[index] === folder) {
        content.expansionToggled.disconnect(open);
        content.setRelativeSizes(WITH_FILES);
      }
    });
  }
  restorer?.add(panel, panel.id);
  app.shell.add(panel, 'left', { rank: 150, type: 'Science Platform' });

  // The query under way outlives the page, in this browser tab.
  try {
    const draft = window.sessionStorage.getItem(DRAFT);
    if (draft) {
      query.setQuery(draft);
    }
  } catch {
    // Storage is switched off: nothing is kept.
  }
  query.edited.connect((_, text) => {
    try {
      window.sessionStorage.setItem(DRAFT, text);
    } catch {
      // As above.
    }
  });
  query.submitted.connect((_, job) => {
    if (platform.settings.current.openResults) {
      run(CommandIDs.openResult, { id: job.id });
    }
  });

  let tables: ServiceTablesView | null = null;
  query.tablesAsked.connect(() => {
    if (!tables || tables.isDisposed) {
      const insert = (name: string): void => query.editor.insert(name);
      tables = new ServiceTablesView({ services: platform.services, insert });
      app.shell.add(tables, 'right', { rank: 900, type: 'Science Platform' });
    }
    labShell?.expandRight();
    app.shell.activateById(tables.id);
  });

  const show = (): void => {
    if (labShell) {
      labShell.expandLeft();
    }
    app.shell.activateById(panel.id);
  };
  commands.addCommand(CommandIDs.openPanel, {
    label: args => (args.isLauncher ? 'Query a catalogue' : 'Open the Science Platform Panel'),
    caption: 'Catalogues, queries and jobs of the science platform',
    icon: lspIcon,
    execute: () => {
      show();
      query.editor.activate();
    }
  });
  commands.addCommand(CommandIDs.runQuery, {
    label: 'Run the Query',
    caption: 'Run the query in the panel, or the one given as `adql`',
    icon: runIcon,
    isEnabled: () => !query.state.submitting,
    execute: async args => {
      if (typeof args.adql === 'string') {
        query.setQuery(args.adql);
      }
      return (await query.run())?.id ?? null;
    }
  });
  commands.addCommand(CommandIDs.editQuery, {
    label: 'Edit the Query',
    execute: async args => {
      const { query: text, service } =
        typeof args.adql === 'string'
          ? { query: args.adql, service: null }
          : await platform.jobs.find(textOf(args.id));
      show();
      platform.services.choose(service ?? '');
      query.setQuery(text);
    }
  });
  commands.addCommand(CommandIDs.insertName, {
    label: 'Insert the Name into the Query',
    execute: args => {
      const name = textOf(args.name);
      query.editor.insert(tableOf(platform, name) ? quoteTable(name) : quoteName(name));
    }
  });
  commands.addCommand(CommandIDs.firstRows, {
    label: 'Show the First 100 Rows',
    icon: runIcon,
    execute: async args => {
      const table = tableOf(platform, textOf(args.table));
      if (table) {
        query.setQuery(firstRows(table));
        await query.run();
      }
    }
  });
  commands.addCommand(CommandIDs.refreshCatalog, {
    label: 'Read the Catalogues Again',
    icon: refreshIcon,
    execute: async () => {
      await Promise.all([platform.catalog.refresh(), platform.tables.refresh()]);
    }
  });

  contextMenu(app, run);
  for (const command of [CommandIDs.openPanel, CommandIDs.runQuery, CommandIDs.refreshCatalog]) {
    palette?.addItem({ command, category: 'Science Platform' });
  }
  void Promise.all([app.restored, platform.settings.ready]).then(() => {
    if (platform.settings.current.openAtStart) {
      show();
    }
  });
}

/** What the right mouse button offers on a line of the tree. */
function contextMenu(
  app: JupyterFrontEnd,
  run: (id: string, args?: Record<string, string>) => void
): void {
  const at = (): DOMStringMap =>
    app.contextMenuHitTest(node => node.classList.contains('lsp-Tree-item'))?.dataset ?? {};
  const { commands, contextMenu: menu } = app;
  commands.addCommand('lsp:tree-insert', {
    label: 'Insert the Name into the Query',
    execute: () => run(CommandIDs.insertName, { name: at().name ?? '' })
  });
  commands.addCommand('lsp:tree-first-rows', {
    label: 'Show the First 100 Rows',
    icon: runIcon,
    execute: () => run(CommandIDs.firstRows, { table: at().name ?? '' })
  });
  commands.addCommand('lsp:tree-copy', {
    label: 'Copy the Name',
    execute: () => Clipboard.copyToSystem(at().name ?? '')
  });
  const table = '.lsp-Tree-item[data-kind="table"]';
  const column = '.lsp-Tree-item[data-kind="column"]';
  menu.addItem({ command: 'lsp:tree-first-rows', selector: table, rank: 0 });
  for (const selector of [table, column]) {
    menu.addItem({ command: 'lsp:tree-insert', selector, rank: 1 });
    menu.addItem({ command: 'lsp:tree-copy', selector, rank: 2 });
  }
}

/** Adds the side panel. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'lsp-jupyter:panel',
  description: 'The side panel of the science platform.',
  autoStart: true,
  requires: [IPlatform, IEditorServices],
  optional: [ILayoutRestorer, ICommandPalette, ILabShell],
  activate
};

export default plugin;
