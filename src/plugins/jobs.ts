/** What is done with a job of the list, and links that open results. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Clipboard, Notification } from '@jupyterlab/apputils';
import { PageConfig, URLExt } from '@jupyterlab/coreutils';
import { Menu } from '@lumino/widgets';

import { asPlatformError } from '../api/errors';
import { isActive } from '../api/models';
import type { Job } from '../api/models';
import {
  chartIcon,
  copyIcon,
  deleteIcon,
  editIcon,
  linkIcon,
  runIcon,
  saveIcon,
  stopIcon,
  tableIcon,
  toNotebookIcon
} from '../icons';
import { askLabel } from '../panel/job_label';
import { resultCode } from '../state/code';
import { PARAMETER, decode, linkTo } from '../state/link';
import { CommandIDs, IPlatform } from '../tokens';

function told(reason: unknown): void {
  const error = asPlatformError(reason);
  Notification.error([error.message, error.hint].filter(Boolean).join(' '), { autoClose: false });
}

function copied(text: string, what: string): void {
  Clipboard.copyToSystem(text);
  Notification.info(`${what} is on the clipboard.`, { autoClose: 2000 });
}

/** The address of this JupyterLab, without what is open in it. */
export function labUrl(): string {
  return URLExt.join(PageConfig.getBaseUrl(), PageConfig.getOption('appUrl') || 'lab');
}

/** The link that opens a job's result; whoever may not read it finds the query. */
export function jobLink(job: Job): string {
  return linkTo(labUrl(), [{ command: CommandIDs.openResult, args: { id: job.id } }]);
}

/** The menu of a job. */
export function jobMenu(app: JupyterFrontEnd, platform: IPlatform, id: string): Menu {
  const { commands } = app;
  const menu = new Menu({ commands });
  const job = platform.jobs.get(id);
  const add = (command: string, args: Record<string, string> = {}): void => {
    menu.addItem({ command, args: { id, ...args } });
  };
  const separate = (): void => void menu.addItem({ type: 'separator' });
  const done = job?.phase === 'COMPLETED';
  if (done) {
    add('lsp:job-open');
    add('lsp:job-chart');
    add('lsp:job-to-notebook');
    add('lsp:job-save');
    separate();
  }
  add('lsp:job-rerun');
  add('lsp:job-edit');
  separate();
  add(CommandIDs.labelJob);
  add(CommandIDs.copyLink);
  add('lsp:job-copy', { what: 'code' });
  add('lsp:job-copy', { what: 'url' });
  add('lsp:job-copy', { what: 'query' });
  separate();
  add(job && isActive(job) ? 'lsp:job-cancel' : 'lsp:job-delete');
  menu.aboutToClose.connect(() => requestAnimationFrame(() => menu.dispose()));
  return menu;
}

/** Open what the page's address asks for, once, and take it out of the address. */
async function openByLink(app: JupyterFrontEnd, platform: IPlatform): Promise<void> {
  const url = new URL(window.location.href);
  const text = url.searchParams.get(PARAMETER);
  if (text === null) {
    return;
  }
  url.searchParams.delete(PARAMETER);
  window.history.replaceState(window.history.state, '', url.href);
  await app.restored;
  try {
    for (const { command, args } of decode(text)) {
      if (typeof args.id === 'string') {
        await platform.jobs.find(args.id);
      }
      await app.commands.execute(command, args as never);
    }
  } catch (reason) {
    const error = asPlatformError(reason);
    if (error.status === 404) {
      Notification.error(
        'The link leads to a result that was deleted, or is not yours. Ask for its query, and run it.',
        { autoClose: false }
      );
    } else {
      told(reason);
    }
  }
}

function activate(app: JupyterFrontEnd, platform: IPlatform): void {
  const { commands } = app;
  const { jobs, client } = platform;
  const find = (args: { id?: unknown }): Promise<Job> => jobs.find(String(args.id));
  const forward = (id: string, label: string, icon: typeof runIcon, command: string): void => {
    commands.addCommand(id, {
      label,
      icon,
      execute: args => commands.execute(command, { id: args.id as string }).catch(told)
    });
  };
  forward('lsp:job-open', 'Open the Table', tableIcon, CommandIDs.openResult);
  forward('lsp:job-chart', 'Draw a Chart', chartIcon, CommandIDs.openChart);
  forward('lsp:job-to-notebook', 'Send to Notebook', toNotebookIcon, CommandIDs.sendToNotebook);
  forward('lsp:job-save', 'Save as Table…', saveIcon, CommandIDs.saveTable);
  forward('lsp:job-edit', 'Edit as New Query', editIcon, CommandIDs.editQuery);
  forward('lsp:job-cancel', 'Cancel', stopIcon, CommandIDs.cancelJob);
  forward('lsp:job-delete', 'Delete Job and Result', deleteIcon, CommandIDs.deleteJob);
  forward('lsp:job-rerun', 'Run Again', runIcon, CommandIDs.rerunJob);

  commands.addCommand(CommandIDs.labelJob, {
    label: 'Name and Tags…',
    icon: editIcon,
    isEnabled: args => typeof args.id === 'string',
    execute: async args => {
      try {
        const job = await find(args);
        const label = await askLabel(job, jobs.tags);
        if (label) {
          await jobs.label(job.id, label);
        }
      } catch (reason) {
        told(reason);
      }
    }
  });
  commands.addCommand(CommandIDs.rerunJob, {
    label: 'Run the Query Again',
    icon: runIcon,
    isEnabled: args => typeof args.id === 'string',
    execute: async args => {
      const { query, name, service } = await find(args);
      const again = await jobs.submit({ adql: query, ...(service ? { service } : {}) });
      if (name) {
        await jobs.label(again.id, { name });
      }
      if (platform.settings.current.openResults) {
        await commands.execute(CommandIDs.openResult, { id: again.id });
      }
      return again.id;
    }
  });
  commands.addCommand(CommandIDs.copyLink, {
    label: 'Copy Link',
    caption: 'A link that opens this result in JupyterLab',
    icon: linkIcon,
    isEnabled: args => typeof args.id === 'string',
    execute: async args => copied(jobLink(await find(args)), 'The link')
  });
  const COPIES: Record<string, readonly [string, string, (job: Job) => string]> = {
    code: ['Copy as Code', 'Python that fetches the result', resultCode],
    url: ['Copy Address for VO Clients', 'The address of the job', ({ id }) => client.jobUrl(id)],
    query: ['Copy Query', 'The query', ({ query }) => query]
  };
  commands.addCommand('lsp:job-copy', {
    label: args => COPIES[args.what as string]?.[0] ?? '',
    icon: copyIcon,
    execute: async args => {
      const [, what, text] = COPIES[args.what as string];
      copied(text(await find(args)), what);
    }
  });
  void openByLink(app, platform).catch(told);
}

/** Adds what is done with jobs. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'lsp-jupyter:jobs',
  description: 'Names, tags, links and menus of the jobs of the science platform.',
  autoStart: true,
  requires: [IPlatform],
  activate
};

export default plugin;
