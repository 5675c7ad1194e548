/** From a result to a notebook cell. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification } from '@jupyterlab/apputils';
import { INotebookTracker, NotebookActions } from '@jupyterlab/notebook';
import type { NotebookPanel } from '@jupyterlab/notebook';

import { asPlatformError } from '../api/errors';
import type { Job } from '../api/models';
import { toNotebookIcon } from '../icons';
import { assignedNames, notebookCode, variableName } from '../state/code';
import { CommandIDs, IPlatform } from '../tokens';
import type { Settings } from '../tokens';

/** Insert a cell with this code below the current one, or take that one if it is empty. */
export function insertCell(panel: NotebookPanel, code: string): void {
  const { content } = panel;
  const { activeCell } = content;
  const empty =
    activeCell?.model.type === 'code' && activeCell.model.sharedModel.getSource().trim() === '';
  if (!empty) {
    NotebookActions.insertBelow(content);
    NotebookActions.changeCellType(content, 'code');
  }
  content.activeCell?.model.sharedModel.setSource(code);
  content.mode = 'command';
  void content.scrollToItem(content.activeCellIndex, 'smart');
}

/** The code for a job, with a name the notebook does not have yet. */
export function codeFor(job: Job, panel: NotebookPanel, settings: Settings): string {
  const cells = panel.content.widgets.map(cell => cell.model.sharedModel.getSource());
  return notebookCode(job, variableName(job, assignedNames(cells)), settings.notebookForm);
}

/** Adds "Send to notebook". */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'lsp-jupyter:notebook',
  description: 'Sends results of the science platform to notebooks.',
  autoStart: true,
  requires: [IPlatform, INotebookTracker],
  optional: [ICommandPalette],
  activate: (
    app: JupyterFrontEnd,
    platform: IPlatform,
    notebooks: INotebookTracker,
    palette: ICommandPalette | null
  ): void => {
    const { commands, shell } = app;
    const newest = (): string | undefined =>
      platform.jobs.list.find(job => job.phase === 'COMPLETED')?.id;

    /** The notebook in use, or a new one. */
    const target = async (): Promise<NotebookPanel> => {
      const current = notebooks.currentWidget;
      if (current && !current.isDisposed) {
        shell.activateById(current.id);
        return current;
      }
      const created = (await commands.execute('notebook:create-new', {
        kernelName: app.serviceManager.kernelspecs.specs?.default,
        activate: true
      })) as NotebookPanel;
      await created.context.ready;
      await created.revealed;
      return created;
    };

    commands.addCommand(CommandIDs.sendToNotebook, {
      label: 'Send the Result to the Notebook',
      caption: 'Insert a cell that fetches a result by its id',
      icon: toNotebookIcon,
      isEnabled: args => typeof args.id === 'string' || newest() !== undefined,
      execute: async args => {
        try {
          const id = typeof args.id === 'string' ? args.id : newest();
          if (!id) {
            return;
          }
          const job = await platform.jobs.find(id);
          const panel = await target();
          insertCell(panel, codeFor(job, panel, platform.settings.current));
          panel.content.activate();
        } catch (reason) {
          Notification.error(asPlatformError(reason).message);
        }
      }
    });
    palette?.addItem({ command: CommandIDs.sendToNotebook, category: 'Science Platform' });
  }
};

export default plugin;
