/** From what is open on the page to a notebook that gives it again. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, MainAreaWidget, Notification } from '@jupyterlab/apputils';
import type { NotebookPanel } from '@jupyterlab/notebook';
import type { Widget } from '@lumino/widgets';

import { asPlatformError } from '../api/errors';
import { toNotebookIcon } from '../icons';
import { ChartView } from '../panel/chart';
import { ResultView, resultName } from '../panel/result';
import { WallView } from '../panel/wall';
import { sessionCells } from '../state/session';
import type { OpenChart, OpenTable } from '../state/session';
import { CommandIDs, IPlatform } from '../tokens';
import { isPlain } from '../viewers/source';

type View = ResultView | ChartView | WallView;

const KINDS = [ResultView, ChartView, WallView];

/** The tables, charts and stamps that are open, as they stand in the main area. */
function views(app: JupyterFrontEnd): View[] {
  return [...app.shell.widgets('main')]
    .map(one => (one instanceof MainAreaWidget ? (one.content as Widget) : one))
    .filter((one): one is View => KINDS.some(kind => one instanceof kind));
}

/** What a view is, in code; `null` while it shows nothing. */
async function opened(view: View): Promise<OpenTable | OpenChart | null> {
  if (view instanceof ChartView) {
    const { viewer } = view;
    const title = view.title.label || 'Chart';
    return viewer ? { kind: 'chart', title, code: viewer.code() } : null;
  }
  if (view instanceof WallView) {
    const code = await view.code();
    return code ? { kind: 'chart', title: view.title.label || 'Stamps', code } : null;
  }
  const { job, table } = view;
  if (!job || job.phase !== 'COMPLETED') {
    return null;
  }
  const shown = table?.model.view;
  const adql =
    shown && !isPlain(shown)
      ? ((await table.source.analysis?.adql(shown, null, new AbortController().signal)) ?? null)
      : null;
  return { kind: 'table', title: resultName(job), job, adql };
}

function activate(
  app: JupyterFrontEnd,
  _platform: IPlatform,
  palette: ICommandPalette | null
): void {
  const { commands } = app;
  commands.addCommand(CommandIDs.sessionNotebook, {
    label: 'Make a Notebook of the Open Tables and Charts',
    caption: 'A new notebook with the Python that gives what is open',
    icon: toNotebookIcon,
    isEnabled: () => views(app).length > 0 && commands.hasCommand('notebook:create-new'),
    execute: async () => {
      try {
        const found = await Promise.all(views(app).map(opened));
        const cells = sessionCells(
          found.filter(one => one !== null),
          new Date()
        );
        const panel = (await commands.execute('notebook:create-new', {
          kernelName: app.serviceManager.kernelspecs.specs?.default,
          activate: true
        })) as NotebookPanel;
        await panel.context.ready;
        const { sharedModel } = panel.content.model!;
        const before = sharedModel.cells.length;
        sharedModel.insertCells(
          0,
          cells.map(cell => ({ ...cell }))
        );
        panel.content.activeCellIndex = 0;
        await panel.content.scrollToItem(0);
        // The empty cell of a new notebook, which is not the active one any more.
        sharedModel.deleteCellRange(cells.length, cells.length + before);
        return panel;
      } catch (reason) {
        const error = asPlatformError(reason);
        Notification.error([error.message, error.hint].filter(Boolean).join(' '));
        return null;
      }
    }
  });
  palette?.addItem({ command: CommandIDs.sessionNotebook, category: 'Science Platform' });
}

/** Adds notebooks of sessions. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'lsp-jupyter:session',
  description: 'Makes notebooks of what is open of the science platform.',
  autoStart: true,
  requires: [IPlatform],
  optional: [ICommandPalette],
  activate
};

export default plugin;
