/** Links that open the same views again. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Clipboard, ICommandPalette, MainAreaWidget, Notification } from '@jupyterlab/apputils';
import type { Widget } from '@lumino/widgets';

import { linkIcon } from '../icons';
import { ChartView } from '../panel/chart';
import { ImageView } from '../panel/image';
import { ResultView } from '../panel/result';
import { SkyPanel } from '../panel/sky';
import { WallView } from '../panel/wall';
import { linkTo } from '../state/link';
import type { Opening } from '../state/link';
import { CommandIDs } from '../tokens';
import { labUrl } from './jobs';

/** What opens a view again; `null` if it is none of ours. */
function openingOf(view: Widget): Opening | null {
  if (!(view instanceof MainAreaWidget)) {
    return null;
  }
  const content = view.content as Widget;
  if (content instanceof ChartView) {
    const { resultId: id, spec = null } = content;
    return { command: CommandIDs.openChart, args: { id, spec } };
  }
  if (content instanceof WallView) {
    const { resultId: id, spec = null } = content;
    return { command: CommandIDs.openWall, args: { id, spec } };
  }
  if (content instanceof SkyPanel) {
    return { command: CommandIDs.openSky, args: { spec: content.spec } };
  }
  if (content instanceof ImageView) {
    return { command: CommandIDs.openImage, args: { spec: content.spec } };
  }
  if (!(content instanceof ResultView)) {
    return null;
  }
  const { jobId: id, state } = content;
  const plain = Object.keys(state).length === 0;
  return { command: CommandIDs.openResult, args: plain ? { id } : { id, state } };
}

function activate(app: JupyterFrontEnd, palette: ICommandPalette | null): void {
  const { commands, shell } = app;
  const openings = (view: unknown): Opening[] => {
    const all = [...shell.widgets('main')];
    const wanted = typeof view === 'string' ? all.filter(one => one.id === view) : all;
    return wanted.map(openingOf).filter(one => one !== null);
  };
  commands.addCommand(CommandIDs.shareLink, {
    label: 'Copy a Link to the Open Tables and Charts',
    caption: 'A link that opens the same tables and charts in JupyterLab',
    icon: linkIcon,
    isEnabled: args => openings(args.view).length > 0,
    execute: args => {
      try {
        Clipboard.copyToSystem(linkTo(labUrl(), openings(args.view)));
        Notification.info('The link is on the clipboard.', { autoClose: 2000 });
      } catch (reason) {
        Notification.error(reason instanceof Error ? reason.message : String(reason));
      }
    }
  });
  palette?.addItem({ command: CommandIDs.shareLink, category: 'Science Platform' });
}

/** Adds links to what is open. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'lsp-jupyter:share',
  description: 'Links to tables and charts of the science platform.',
  autoStart: true,
  optional: [ICommandPalette],
  activate
};

export default plugin;
