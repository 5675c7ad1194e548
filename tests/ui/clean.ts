/** Runs in the page: brings JupyterLab back to where a new user finds it. */

import type { ILabShell } from '@jupyterlab/application';
import type { INotebookTracker } from '@jupyterlab/notebook';
import type { Widget } from '@lumino/widgets';

/** What is asked of the platform's own plugin. */
interface Platform {
  readonly catalog: {
    readonly status: string;
    readonly examples: readonly { readonly adql: string }[];
    readonly changed: { connect(slot: () => void): void };
  };
  readonly jobs: {
    readonly list: readonly { readonly id: string }[];
    refresh(): Promise<void>;
    remove(id: string): Promise<void>;
  };
  readonly tables: {
    readonly list: readonly { readonly name: string }[];
    refresh(): Promise<void>;
    remove(name: string): Promise<void>;
  };
  readonly settings: { readonly current: { readonly maxrec: number } };
}

declare module '@jupyterlab/galata/lib/extension' {
  interface IPluginNameToInterfaceMap {
    'lsp-jupyter:plugin': Platform;
    '@jupyterlab/notebook-extension:tracker': INotebookTracker;
  }
}

/** What is asked of the side panel. */
type SidePanel = Widget & {
  readonly content: Widget & {
    readonly widgets: readonly Widget[];
    expand(index: number): void;
    collapse(index: number): void;
  };
};

/** The section with the editor. */
type Query = Widget & {
  setQuery(text: string): void;
  setMaxrec(text: string): void;
};

/**
 * Close every tab, end every kernel but that of the notebook `kept`, delete the
 * jobs, the tables and the files, take back the settings and empty the panel.
 *
 * Playwright sends the text of this function to the page, so it uses nothing
 * from outside itself.
 */
export async function clean(kept: string): Promise<void> {
  const app = window.jupyterapp;
  const shell = app.shell as ILabShell;
  const { sessions, contents } = app.serviceManager;

  // Dialogs, menus and notices.
  const helpers = (await window.galata.getPlugin('@jupyterlab/galata-extension:helpers'))!;
  helpers.dialogs.forEach(dialog => dialog.reject());
  helpers.notifications.dismiss();
  document.querySelectorAll('.lm-Menu').forEach(menu => {
    menu.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', keyCode: 27 }));
  });

  // Tabs, without asking whether to save. They are behind the launcher by then: JupyterLab's
  // toolbars throw when they are closed just after they came to the front.
  const tabs = [...shell.widgets('main')];
  const launcher =
    tabs.find(tab => tab.id.startsWith('launcher-')) ??
    ((await app.commands.execute('launcher:create')) as Widget);
  shell.activateById(launcher.id);
  tabs.filter(tab => tab !== launcher).forEach(tab => tab.dispose());
  shell.collapseRight();
  shell.expandLeft();
  shell.activateById('filebrowser');

  const clearSettings = async (): Promise<void> => {
    const registry = (await window.galata.getPlugin('@jupyterlab/apputils-extension:settings'))!;
    for (const [id, loaded] of Object.entries(registry.plugins)) {
      if (loaded && Object.keys(loaded.data.user).length > 0) {
        await registry.upload(id, '{}');
      }
    }
  };
  const endKernels = async (): Promise<void> => {
    await sessions.refreshRunning();
    const ended = [...sessions.running()].filter(session => session.path !== kept);
    await Promise.all(ended.map(session => sessions.shutdown(session.id)));
  };
  const deleteFiles = async (): Promise<void> => {
    const { content } = (await contents.get('')) as { content: { name: string }[] };
    await Promise.all(content.map(file => contents.delete(file.name)));
  };
  const platform = (await window.galata.getPlugin('lsp-jupyter:plugin'))!;
  const deleteJobs = async (): Promise<void> => {
    await platform.jobs.refresh();
    await Promise.all(platform.jobs.list.map(job => platform.jobs.remove(job.id)));
  };
  const deleteTables = async (): Promise<void> => {
    await platform.tables.refresh();
    for (const table of platform.tables.list) {
      await platform.tables.remove(table.name);
    }
  };
  await Promise.all([clearSettings(), endKernels(), deleteFiles(), deleteJobs(), deleteTables()]);

  // The panel, taken out and put back, begins anew.
  while (platform.catalog.status === 'loading') {
    await new Promise<void>(resolve => platform.catalog.changed.connect(resolve));
  }
  const panel = [...shell.widgets('left')].find(({ id }) => id === 'lsp-panel') as SidePanel;
  panel.parent = null;
  shell.add(panel, 'left', { rank: 150, type: 'Science Platform' });
  const query = panel.content.widgets[1] as Query;
  query.setQuery('');
  query.setQuery(platform.catalog.examples[0]?.adql ?? '');
  query.setMaxrec(String(platform.settings.current.maxrec));
  // The data files are closed at first.
  panel.content.widgets.forEach((one, index) =>
    one.title.label === 'Data files' ? panel.content.collapse(index) : panel.content.expand(index)
  );
  (document.activeElement as HTMLElement | null)?.blur();
}
