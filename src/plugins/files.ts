/** Data files of the file browser in the table viewer. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Dialog, MainAreaWidget, Notification, showDialog } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import { Signal } from '@lumino/signaling';

import { tableIcon } from '../icons';
import { OpeningView } from '../panel/opening';
import { isDataFile } from '../state/files';
import { CommandIDs, IPlatform } from '../tokens';

type Registry = JupyterFrontEnd['docRegistry'];
type Factory = Parameters<Registry['addWidgetFactory']>[0];
type ModelFactory = Parameters<Registry['addModelFactory']>[0];
type Document = ReturnType<Factory['createNew']>;
type Context = Parameters<Factory['createNew']>[0];

/** What "Open With" calls the viewer, and the model of a file that is not read by the page. */
const FACTORY = 'Science Table';
const MODEL = 'lsp-file';

/** Types of files, with the endings of their names. */
const TYPES: ReadonlyArray<readonly [string, string, readonly string[]]> = [
  ['lsp-votable', 'VOTable', ['.vot', '.votable', '.vot.gz']],
  ['lsp-fits', 'FITS', ['.fits', '.fit', '.fits.gz']],
  ['lsp-parquet', 'Parquet', ['.parquet', '.pq']],
  ['lsp-arrow', 'Arrow', ['.arrow', '.ipc']],
  ['lsp-ecsv', 'ECSV', ['.ecsv', '.ecsv.gz']],
  ['lsp-csv-gz', 'Compressed CSV', ['.csv.gz', '.tsv.gz']]
];

/** A tab of a file, until its table is there. */
class FileTab extends MainAreaWidget<OpeningView> implements Document {
  constructor(
    readonly context: Context,
    content: OpeningView
  ) {
    super({ content });
    this.addClass('lsp-FileTab');
    this.toolbar.hide();
    this.title.closable = true;
    this.title.icon = tableIcon;
    this.title.label = PathExt.basename(context.localPath);
    this.title.caption = context.localPath;
  }

  /** A table has no parts that an address could name. */
  setFragment(): void {}
}

/** The models of files that the server reads: the page asks for no byte of them. */
function modelFactory(text: ModelFactory): ModelFactory {
  return {
    name: MODEL,
    contentType: 'file',
    fileFormat: null,
    collaborative: false,
    isDisposed: false,
    dispose: () => undefined,
    createNew: options => text.createNew({ ...options, collaborationEnabled: false }),
    preferredLanguage: () => ''
  };
}

/** Makes the tabs of files. */
function widgetFactory(app: JupyterFrontEnd, platform: IPlatform): Factory {
  const own = TYPES.map(([name]) => name);
  const common = ['csv', 'tsv'];
  const factory: Factory = {
    name: FACTORY,
    label: FACTORY,
    modelName: MODEL,
    fileTypes: [...own, ...common, 'xml'],
    defaultFor: [...own, ...common],
    readOnly: true,
    preferKernel: false,
    canStartKernel: false,
    isDisposed: false,
    dispose: () => Signal.clearData(factory),
    get widgetCreated() {
      return created;
    },
    createNew: context => {
      const path = context.localPath;
      const view = new OpeningView(PathExt.basename(path), {
        open: async signal => (await platform.client.openFile(path, signal)).id,
        show: id => {
          void app.commands
            .execute(CommandIDs.openResult, { id })
            .then(() => tab.close())
            .catch(reason => Notification.error(String(reason)));
        }
      });
      const tab = new FileTab(context, view);
      created.emit(tab);
      void view.start();
      return tab;
    }
  };
  const created = new Signal<Factory, Document>(factory);
  return factory;
}

/** Bytes of a file that are sent at once. */
const PIECE = 1 << 20;

/** Open the table in a file of the user's folder. */
export async function openDataFile(app: JupyterFrontEnd, path: string): Promise<void> {
  await app.commands.execute('docmanager:open', { path, factory: FACTORY });
}

/** Put files into the user's folder, and open the tables in them. */
export async function takeFiles(app: JupyterFrontEnd, files: readonly File[]): Promise<void> {
  for (const file of files) {
    if (!isDataFile(file.name)) {
      Notification.error(
        `${file.name} is no table that can be read: VOTable, FITS, Parquet, Arrow, CSV, TSV or ECSV.`
      );
    } else if (await mayWrite(app, file.name)) {
      const sending = send(app, file).then(() => null);
      Notification.promise(sending, {
        pending: { message: `Copying ${file.name} to your folder…` },
        success: { message: () => `${file.name} is in your folder.`, options: { autoClose: 3000 } },
        error: { message: reason => `${file.name} was not copied: ${String(reason)}` }
      });
      await sending.then(
        () => openDataFile(app, file.name),
        () => undefined
      );
    }
  }
}

/** Whether a file may come into the folder; in the place of another if the person says so. */
async function mayWrite(app: JupyterFrontEnd, path: string): Promise<boolean> {
  const { contents } = app.serviceManager;
  const there = await contents.get(path, { content: false }).then(
    () => true,
    () => false
  );
  if (!there) {
    return true;
  }
  const answer = await showDialog({
    title: 'Replace the file?',
    body: `Your folder has “${path}” already.`,
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: 'Replace' })]
  });
  return answer.button.accept;
}

/** Send a file piece by piece, as JupyterLab's file browser does. */
async function send(app: JupyterFrontEnd, file: File): Promise<void> {
  const { contents } = app.serviceManager;
  const pieces = Math.max(1, Math.ceil(file.size / PIECE));
  for (let piece = 1; piece <= pieces; piece += 1) {
    const part = file.slice((piece - 1) * PIECE, piece * PIECE);
    await contents.save(file.name, {
      type: 'file',
      format: 'base64',
      name: file.name,
      content: await base64(part),
      ...(pieces > 1 ? { chunk: piece === pieces ? -1 : piece } : {})
    });
  }
}

/** Bytes as text. */
function base64(part: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    // The address of the data, whose part after the comma they are.
    reader.onload = () => resolve((reader.result as string).replace(/^[^,]*,?/, ''));
    reader.onerror = () => reject(reader.error ?? new Error('It cannot be read.'));
    reader.readAsDataURL(part);
  });
}

function activate(app: JupyterFrontEnd, platform: IPlatform): void {
  const registry = app.docRegistry;
  const text = registry.getModelFactory('text');
  if (!text) {
    return;
  }
  for (const [name, displayName, extensions] of TYPES) {
    registry.addFileType({
      name,
      displayName,
      extensions: [...extensions],
      contentType: 'file',
      fileFormat: 'base64',
      mimeTypes: [],
      icon: tableIcon
    });
  }
  registry.addModelFactory(modelFactory(text));
  // After JupyterLab's own, whose viewer of CSV has no types, units or selection; the user's
  // setting of default viewers goes before both.
  void app.restored.then(() => registry.addWidgetFactory(widgetFactory(app, platform)));
}

/** Opens data files with a double click. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'lsp-jupyter:files',
  description: 'Data files of the file browser in the table viewer of the science platform.',
  autoStart: true,
  requires: [IPlatform],
  activate
};

export default plugin;
