/** Tables of one's own: results and files become some. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import {
  Clipboard,
  Dialog,
  ICommandPalette,
  InputDialog,
  Notification,
  showDialog,
  showErrorMessage
} from '@jupyterlab/apputils';

import { asPlatformError, isAbort } from '../api/errors';
import type { Job, SaveMode, UserTable } from '../api/models';
import { copyIcon, deleteIcon, editIcon, fileUploadIcon, saveIcon } from '../icons';
import { chooseFiles } from '../panel/mine';
import { resultName } from '../panel/result';
import { SaveForm } from '../panel/save';
import type { SaveChoice, SaveSubject } from '../panel/save';
import { resultCode, saveCode, saveQueryCode, tableCode, uploadCode } from '../state/code';
import { quoteTable } from '../state/adql';
import { bytes } from '../state/jobs';
import { nameProblem } from '../state/tables';
import type { ShownPart } from '../state/tables';
import { CommandIDs, IPlatform } from '../tokens';
import { rowCount } from '../viewers/footer';

/** Milliseconds for which good news stay. */
const SHOWN = 6000;
/** Characters of an error that JupyterLab shows in the corner for certain. */
const CUT = 70;

/** Put text on the clipboard and say so. */
function copy(text: string): void {
  Clipboard.copyToSystem(text);
  Notification.info('Copied.', { autoClose: 2000 });
}

/** A button that shows an error in full. */
function details(title: string, message: string, hint: string): Notification.IAction {
  const text = [message, hint].filter(Boolean).join('\n\n');
  return { label: 'Details', callback: () => void showErrorMessage(title, text) };
}

/** Text of an argument of a command. */
function textOf(argument: unknown): string {
  return typeof argument === 'string' ? argument : '';
}

/** Ask how to store something; `null` if the person thinks better of it. */
async function ask(
  platform: IPlatform,
  title: string,
  subject: Omit<SaveSubject, 'copy'>
): Promise<SaveChoice | null> {
  await platform.tables.refresh();
  const answer = await showDialog({
    title,
    body: new SaveForm(platform.tables, { ...subject, copy }),
    focusNodeSelector: 'input',
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: 'Save' })]
  });
  return answer.button.accept ? answer.value : null;
}

/** Wait for a table that is being stored, and tell how it went. */
async function told(
  app: JupyterFrontEnd,
  name: string,
  storing: Promise<UserTable>
): Promise<UserTable | null> {
  try {
    const table = await storing;
    Notification.success(`${table.full_name} has ${rowCount(table.rows)}.`, {
      autoClose: SHOWN,
      actions: [
        {
          label: 'Show rows',
          callback: () =>
            void app.commands.execute(CommandIDs.firstRows, { table: table.full_name })
        }
      ]
    });
    return table;
  } catch (reason) {
    if (!isAbort(reason)) {
      const { message, hint } = asPlatformError(reason);
      const title = `mydb.${name} was not stored`;
      // Who went away meanwhile should find it.
      Notification.error(`${title}: ${message}`, {
        autoClose: false,
        actions: hint || message.length > CUT ? [details(title, message, hint)] : []
      });
    }
    return null;
  }
}

/**
 * Make tables of files: of one as the person wants it, of several with the names they have.
 *
 * Gives the table of a single file; `null` if there is none.
 */
export async function uploadFiles(
  app: JupyterFrontEnd,
  platform: IPlatform,
  files: readonly File[]
): Promise<UserTable | null> {
  const { tables } = platform;
  const nameOf = (file: File): string => tables.freeName(file.name.replace(/\..*$/, ''));
  const send = (file: File, name: string, mode: SaveMode): Promise<UserTable | null> =>
    told(app, name, tables.upload(file, name, mode));
  const [first, ...others] = files;
  if (first === undefined) {
    return null;
  }
  if (others.length > 0) {
    await tables.refresh();
    await Promise.all(files.map(file => send(file, nameOf(file), 'create')));
    return null;
  }
  const choice = await ask(platform, 'Upload a table', {
    what: `${first.name}, ${bytes(first.size)}`,
    name: nameOf(first),
    code: ({ name, mode }) => uploadCode(first.name, name, mode)
  });
  return choice ? await send(first, choice.name, choice.mode) : null;
}

/** Ask for another name of a table. */
async function rename(platform: IPlatform, name: string): Promise<void> {
  const table = platform.tables.find(name);
  if (!table) {
    return;
  }
  let text = table.name;
  let problem = '';
  do {
    const answer = await InputDialog.getText({
      title: `Rename ${table.full_name}`,
      label: problem || 'New name',
      text,
      okLabel: 'Rename',
      required: true
    });
    if (!answer.button.accept || answer.value === null || answer.value === table.name) {
      return;
    }
    text = answer.value.trim();
    problem = nameProblem(text);
    const other = platform.tables.find(text);
    if (!problem && other && other.name !== table.name) {
      problem = `You have ${other.full_name} already.`;
    }
  } while (problem);
  await platform.tables.rename(table.name, text);
}

/** Delete a table, if the person means it. */
async function remove(platform: IPlatform, name: string): Promise<void> {
  const table = platform.tables.find(name);
  if (!table) {
    return;
  }
  const answer = await showDialog({
    title: `Delete ${table.full_name}?`,
    body: `Its ${rowCount(table.rows)} cannot be brought back.`,
    buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: 'Delete' })]
  });
  if (answer.button.accept) {
    await platform.tables.remove(table.name);
  }
}

/** Add the commands. */
function activate(
  app: JupyterFrontEnd,
  platform: IPlatform,
  palette: ICommandPalette | null
): void {
  const { commands } = app;
  const { jobs, tables } = platform;
  const isDone = (job: Job): boolean => job.phase === 'COMPLETED';

  commands.addCommand(CommandIDs.saveTable, {
    label: args => (args.id ? 'Save as Table…' : 'Save the Newest Result as Table…'),
    caption: 'Keep a result as a table of your own, which queries read',
    icon: saveIcon,
    isEnabled: args => typeof args.id === 'string' || jobs.list.some(isDone),
    execute: async args => {
      const id = textOf(args.id) || jobs.list.find(isDone)?.id;
      if (!id) {
        return;
      }
      const job = await jobs.find(id);
      const shown = args.shown as unknown as ShownPart | undefined;
      const adql = shown
        ? await platform.client
            .ofResult<{ adql: string }>(id, 'POST', ['adql'], {
              view: shown.view,
              columns: shown.columns ?? undefined
            })
            .then(found => found.adql)
        : '';
      const choice = await ask(platform, 'Save as table', {
        what: shown
          ? `${resultName(job)}, as it is shown`
          : `${resultName(job)}, ${rowCount(job.rows)}`,
        warning: job.overflow ? 'The result was cut off: the query finds more rows.' : '',
        name: tables.freeName(resultName(job)),
        code: ({ name, mode }) =>
          adql ? saveQueryCode(adql, name, mode) : saveCode(job, name, mode)
      });
      if (choice) {
        await told(app, choice.name, tables.save(job, choice.name, choice.mode, shown));
      }
    }
  });
  commands.addCommand(CommandIDs.uploadTable, {
    label: 'Upload a Table…',
    caption: 'Make a table of your own from a file: VOTable, FITS, Parquet, Arrow, CSV, TSV, ECSV',
    icon: fileUploadIcon,
    execute: () => chooseFiles(files => void uploadFiles(app, platform, files))
  });
  commands.addCommand(CommandIDs.renameTable, {
    label: 'Rename…',
    icon: editIcon,
    isEnabled: args => tables.find(textOf(args.name)) !== undefined,
    execute: args => rename(platform, textOf(args.name))
  });
  commands.addCommand(CommandIDs.deleteTable, {
    label: 'Delete…',
    icon: deleteIcon,
    isEnabled: args => tables.find(textOf(args.name)) !== undefined,
    execute: args => remove(platform, textOf(args.name))
  });
  commands.addCommand(CommandIDs.copyCode, {
    label: 'Copy as Code',
    caption: 'Copy the Python that reads this',
    icon: copyIcon,
    execute: args => {
      const table = textOf(args.table);
      copy(table ? tableCode(quoteTable(table)) : resultCode({ id: textOf(args.id) }));
    }
  });

  menus(app);
  for (const command of [CommandIDs.saveTable, CommandIDs.uploadTable]) {
    palette?.addItem({ command, category: 'Science Platform' });
  }
}

/** What the right mouse button offers on tables and jobs. */
function menus(app: JupyterFrontEnd): void {
  const { commands, contextMenu: menu } = app;
  const at = (name: string): DOMStringMap =>
    app.contextMenuHitTest(node => node.classList.contains(name))?.dataset ?? {};
  const own = '.lsp-Tree-item[data-own]';
  const table = '.lsp-Tree-item[data-kind="table"]';
  const job = '.lsp-Job';
  const done = '.lsp-Job[data-phase="COMPLETED"]';
  const add = (
    selector: string,
    rank: number,
    command: string,
    args: (at: DOMStringMap) => Record<string, string>,
    label?: string
  ): void => {
    const place = selector.startsWith(job) ? 'lsp-Job' : 'lsp-Tree-item';
    const id = `lsp:at-${place.slice(4).toLowerCase()}-${command.slice(4)}`;
    commands.addCommand(id, {
      label: () => label ?? commands.label(command, { id: '-' }),
      icon: () => commands.icon(command, { id: '-' }),
      execute: () => commands.execute(command, args(at(place)))
    });
    menu.addItem({ command: id, selector, rank });
  };
  add(table, 3, CommandIDs.copyCode, ({ name = '' }) => ({ table: name }));
  add(own, 4, CommandIDs.renameTable, ({ name = '' }) => ({ name }));
  add(own, 5, CommandIDs.deleteTable, ({ name = '' }) => ({ name }));
  const byId = ({ id = '' }: DOMStringMap): Record<string, string> => ({ id });
  add(done, 0, CommandIDs.openResult, byId, 'Open the Table');
  add(done, 1, CommandIDs.saveTable, byId);
  add(done, 2, CommandIDs.sendToNotebook, byId, 'Send to Notebook');
  add(done, 3, CommandIDs.copyCode, byId);
  add(job, 4, CommandIDs.editQuery, byId, 'Edit and Run Again');
  add(job, 5, CommandIDs.deleteJob, byId, 'Delete Job and Result…');
}

/** Adds tables of one's own. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'lsp-jupyter:tables',
  description: 'Tables of one’s own on the science platform.',
  autoStart: true,
  requires: [IPlatform],
  optional: [ICommandPalette],
  activate
};

export default plugin;
