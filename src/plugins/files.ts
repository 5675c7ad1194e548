/** Data files of the file browser in the table viewer. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { MainAreaWidget, Notification } from '@jupyterlab/apputils';
import { PathExt } from '@jupyterlab/coreutils';
import { Signal } from '@lumino/signaling';

import { tableIcon } from '../icons';
import { OpeningView } from '../panel/opening';
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
