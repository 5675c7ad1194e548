/** Walls of stamps in the main area. */

import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import {
  Clipboard,
  ICommandPalette,
  MainAreaWidget,
  Notification,
  ToolbarButton,
  WidgetTracker
} from '@jupyterlab/apputils';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import { isAbort } from '../api/errors';
import { copyIcon, downloadIcon, linkIcon, saveIcon, tableIcon, wallIcon } from '../icons';
import { resultName } from '../panel/result';
import { WallView } from '../panel/wall';
import { CommandIDs, IPlatform } from '../tokens';
import { reasonText } from '../viewers/dom';
import type { TableViewer } from '../viewers/table';
import { parseWall } from '../viewers/wall/spec';
import { saveUrl } from './download';
import { tableOf } from './open_table';
import { uploadFiles } from './tables';

/** Forms of a file of all stamps. */
const FILES: ReadonlyArray<readonly [string, string]> = [
  ['fits', 'One FITS file'],
  ['tar', 'FITS files in a TAR archive'],
  ['zip', 'FITS files in a ZIP archive'],
  ['html', 'A page of pictures']
];

type Wall = MainAreaWidget<WallView>;

/** A wall with its toolbar. */
function build(app: JupyterFrontEnd, platform: IPlatform, content: WallView): Wall {
  const { commands } = app;
  const wall: Wall = new MainAreaWidget({ content });
  wall.addClass('lsp-Viewer');
  wall.title.closable = true;
  wall.title.icon = wallIcon;
  const told = (doing: Promise<unknown>): void =>
    void doing.catch((reason: unknown) => {
      if (!isAbort(reason)) {
        Notification.error(reasonText(reason));
      }
    });
  const follow = new ToolbarButton({
    icon: tableIcon,
    label: 'As the table',
    tooltip: 'Show the rows of the table in its order, and follow it',
    onClick: () => {
      const { viewer } = content;
      if (viewer) {
        const view = tableOf(app, content.resultId)?.model.view ?? viewer.spec.view;
        viewer.change(viewer.spec.follow ? { follow: false } : { follow: true, view });
      }
    }
  });
  const save = new ToolbarButton({
    icon: saveIcon,
    label: 'Save labels…',
    tooltip: 'Make a table of your own of the rows with a label, and the label as its last column',
    onClick: () => told(content.labelled().then(file => uploadFiles(app, platform, [file])))
  });
  const fetchAll = async (kind: string): Promise<void> => {
    const id = Notification.emit('Making the stamps…', 'in-progress', {
      progress: 0,
      autoClose: false
    });
    try {
      const url = await content.file(kind, progress =>
        Notification.update({ id, message: 'Making the stamps…', progress })
      );
      Notification.update({
        id,
        message: 'The stamps are made.',
        type: 'success',
        autoClose: 6000,
        progress: 1
      });
      saveUrl(url);
    } catch (reason) {
      Notification.update({ id, message: reasonText(reason), type: 'error', autoClose: false });
    }
  };
  const menu = new Menu({ commands: new CommandRegistry() });
  for (const [kind, label] of FILES) {
    menu.commands.addCommand(kind, { label, execute: () => fetchAll(kind) });
    menu.addItem({ command: kind });
  }
  content.disposed.connect(() => menu.dispose());
  const download: ToolbarButton = new ToolbarButton({
    icon: downloadIcon,
    label: 'Download',
    tooltip: 'Save the pixels of all stamps as one file',
    onClick: () => {
      const box = download.node.getBoundingClientRect();
      menu.open(box.left, box.bottom);
    }
  });
  const code = new ToolbarButton({
    icon: copyIcon,
    label: 'Copy as code',
    tooltip: 'Copy the Python that makes these stamps',
    onClick: () =>
      told(
        content.code().then(text => {
          Clipboard.copyToSystem(text);
          Notification.info('Copied.', { autoClose: 2000 });
        })
      )
  });
  const share = new ToolbarButton({
    icon: linkIcon,
    label: 'Copy link',
    tooltip: 'Copy a link that opens this very wall',
    onClick: () => void commands.execute(CommandIDs.shareLink, { view: wall.id })
  });
  wall.toolbar.addItem('follow', follow);
  wall.toolbar.addItem('save', save);
  wall.toolbar.addItem('download', download);
  wall.toolbar.addItem('code', code);
  wall.toolbar.addItem('link', share);
  const update = (): void => {
    const { viewer } = content;
    for (const button of [follow, save, download, code, share]) {
      button.enabled = viewer !== null;
    }
    follow.pressed = viewer?.spec.follow ?? false;
    const job = platform.jobs.get(content.resultId);
    const name = job ? resultName(job) : 'Result';
    wall.title.label = `Stamps: ${name}`;
    wall.title.caption = `Stamps of the rows of ${name}`;
  };
  content.changed.connect(update);
  content.opened.connect(
    () => void commands.execute(CommandIDs.openResult, { id: content.resultId })
  );
  update();
  return wall;
}

let walls = 0;

function activate(
  app: JupyterFrontEnd,
  platform: IPlatform,
  restorer: ILayoutRestorer | null,
  palette: ICommandPalette | null
): void {
  const { commands, shell } = app;
  const { jobs } = platform;
  const tracker = new WidgetTracker<Wall>({ namespace: 'lsp-walls' });

  /** A wall shows what its table shows. */
  const followed = new WeakSet<TableViewer>();
  const follow = (view: WallView): void => {
    const table = tableOf(app, view.resultId);
    if (!table || followed.has(table)) {
      return;
    }
    followed.add(table);
    const id = view.resultId;
    const each = (act: (content: WallView) => void): void =>
      tracker.forEach(({ content }) => content.resultId === id && act(content));
    table.model.happened.connect((model, change) => {
      if (change === 'view') {
        each(content => content.follow(model.view));
      }
    });
  };

  commands.addCommand(CommandIDs.openWall, {
    label: args => (args.id ? 'Stamps' : 'Stamps of the Newest Result'),
    caption: 'Show the rows of a result as a wall of stamps of the sky',
    icon: wallIcon,
    isEnabled: args =>
      typeof args.id === 'string' || jobs.list.some(job => job.phase === 'COMPLETED'),
    execute: args => {
      const done = jobs.list.find(job => job.phase === 'COMPLETED');
      const id = typeof args.id === 'string' ? args.id : done?.id;
      if (!id) {
        return null;
      }
      const spec = parseWall(args.spec) ?? undefined;
      const content = new WallView(id, platform, { spec, view: tableOf(app, id)?.model.view });
      walls += 1;
      const wall = build(app, platform, content);
      const name = typeof args.name === 'string' ? args.name : '';
      wall.id = name || `lsp-wall-${id}-${Date.now().toString(36)}${walls}`;
      let saving: ReturnType<typeof setTimeout> | undefined;
      content.changed.connect(() => {
        follow(content);
        clearTimeout(saving);
        saving = setTimeout(() => !wall.isDisposed && void tracker.save(wall), 500);
      });
      shell.add(wall, 'main', { type: 'Science Platform Stamps' });
      void tracker.add(wall);
      shell.activateById(wall.id);
      return wall;
    }
  });
  shell.currentChanged?.connect(() => tracker.forEach(({ content }) => follow(content)));

  if (restorer) {
    void restorer.restore(tracker, {
      command: CommandIDs.openWall,
      args: ({ id, content }) =>
        ({
          id: content.resultId,
          name: id,
          spec: content.spec ?? null
        }) as unknown as ReadonlyJSONObject,
      name: ({ id }) => id
    });
  }
  palette?.addItem({ command: CommandIDs.openWall, category: 'Science Platform' });
}

/** Adds walls of stamps. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'lsp-jupyter:wall',
  description: 'Walls of stamps of the science platform.',
  autoStart: true,
  requires: [IPlatform],
  optional: [ILayoutRestorer, ICommandPalette],
  activate
};

export default plugin;
