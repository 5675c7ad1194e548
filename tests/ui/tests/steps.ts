/** What an astronomer does, one function a step. */

import { expect, test as base } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

import { Lab, NOTEBOOK } from '../lab';
import type { Page } from '../lab';

export { expect };
export type { Page };

/** A test gets a JupyterLab in order, and fails when something went wrong behind its back. */
export const test = base.extend<{ page: Page; watched: void }, { lab: Lab }>({
  lab: [
    async ({ browser }, provide, { project }) => {
      const { baseURL, storageState, viewport, permissions, acceptDownloads } = project.use;
      const lab = await Lab.open(browser, {
        baseURL,
        storageState,
        viewport,
        permissions,
        acceptDownloads
      });
      await provide(lab);
      await lab.close();
    },
    { scope: 'worker' }
  ],
  page: async ({ lab, autoGoto }, provide) => {
    await lab.reset(autoGoto);
    await provide(lab.page);
    await lab.unroute();
  },
  watched: [
    async ({ lab }, provide) => {
      await provide();
      expect(lab.wrongs(), 'what went wrong behind the test').toEqual([]);
    },
    { auto: true }
  ]
});

/** Open the side panel. */
export async function openPanel(page: Page): Promise<Locator> {
  const panel = page.locator('#lsp-panel');
  if (!(await panel.isVisible())) {
    await page.locator('.lm-TabBar-tab[data-id="lsp-panel"]').click();
  }
  await expect(panel).toBeVisible();
  await expect(panel.getByRole('tree', { name: 'Catalogues' })).toBeVisible();
  return panel;
}

/** Write a query in place of what the editor holds. */
export async function writeQuery(page: Page, text: string): Promise<void> {
  const editor = page.locator('#lsp-panel .lsp-Editor .cm-content');
  await editor.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(text);
}

/** The Run button. */
export function runButton(page: Page): Locator {
  return page.locator('#lsp-panel').getByRole('button', { name: 'Run', exact: true });
}

/** Do what begins a query, and give the id of its job. */
export async function begin(page: Page, action: () => Promise<unknown>): Promise<string> {
  const [reply] = await Promise.all([
    page.waitForResponse(
      one => one.request().method() === 'POST' && one.url().endsWith('/lsp_jupyter/portal/jobs')
    ),
    action()
  ]);
  return ((await reply.json()) as { id: string }).id;
}

/** A job in the list. */
export function jobItem(page: Page, id: string): Locator {
  return page.locator(`.lsp-Job[data-id="${id}"]`);
}

/** The tab of a result. */
export function viewerOf(page: Page, id: string): Locator {
  return page.locator(`#lsp-result-${id}`);
}

/** Write a query, run it, and wait for the rows of its table. */
export async function runQuery(page: Page, text: string): Promise<Locator> {
  await openPanel(page);
  await writeQuery(page, text);
  const id = await begin(page, () => runButton(page).click());
  await expect(jobItem(page, id)).toHaveAttribute('data-phase', 'COMPLETED');
  const viewer = viewerOf(page, id);
  await expect(viewer).toBeVisible();
  await rowsThere(viewer);
  return viewer;
}

/** The table of the rows on screen, as screen readers read it. */
export function onScreen(where: Locator): Locator {
  return where.getByRole('grid', { name: 'Rows on screen' });
}

/** The rows on screen. */
export function rows(where: Locator): Locator {
  return onScreen(where).locator('tbody tr');
}

/** Wait until there are rows and every cell on screen has its value: rows are numbered before they are fetched. */
export async function rowsThere(where: Locator): Promise<void> {
  await expect(rows(where).first()).toBeAttached();
  await expect(onScreen(where).locator('td[aria-busy=true]')).toHaveCount(0);
}

/**
 * The cells of one column on screen, once all of them have their values.
 *
 * They may be those from before a step: to compare, say
 * `expect.poll(() => column(…))` or `expect(async () => …).toPass()`.
 */
export async function column(where: Locator, name: string): Promise<string[]> {
  let cells: string[] | null = null;
  const look = async (): Promise<boolean> => {
    cells = await onScreen(where).evaluate((grid, wanted) => {
      const heads = [...grid.querySelectorAll('th')].map(th =>
        th.textContent.replace(/ \(.*\)$/, '')
      );
      const place = heads.indexOf(wanted) + 1;
      const found = [...grid.querySelectorAll(`tbody td:nth-child(${place})`)];
      const there = place > 0 && found.every(cell => cell.getAttribute('aria-busy') !== 'true');
      return there ? found.map(cell => cell.textContent) : null;
    }, name);
    return cells !== null;
  };
  await expect.poll(look, { message: `the cells of ${name} are there` }).toBe(true);
  return cells!;
}

/** The same, as numbers. */
export async function numbers(where: Locator, name: string): Promise<number[]> {
  return (await column(where, name)).map(Number);
}

/** The line under the table. */
export function footer(where: Locator): Locator {
  return where.locator('.lsp-Foot');
}

/** Where to click for a row on screen (from 0), in a column at the left. */
export async function rowPlace(where: Locator, row: number): Promise<{ x: number; y: number }> {
  const box = await where.locator('.lsp-Table-grid').boundingBox();
  return { x: box!.x + 120, y: box!.y + row * 24 + 12 };
}

/** Click a row of a viewer on screen (from 0), and wait until the server knows that it is selected. */
export async function selectRow(page: Page, viewer: Locator, row: number): Promise<void> {
  const { x, y } = await rowPlace(viewer, row);
  await Promise.all([
    page.waitForResponse(
      one => one.request().method() === 'PUT' && one.url().endsWith('/selection')
    ),
    page.mouse.click(x, y)
  ]);
  await expect(footer(viewer)).toContainText('1 selected');
}

/** Execute one of JupyterLab's commands, as its palette does. */
export async function execute(
  page: Page,
  command: string,
  args: Record<string, string> = {}
): Promise<void> {
  await page.evaluate(
    async ([name, given]) => {
      // What a command gives may be a widget, which no page can send.
      await window.jupyterapp.commands.execute(name, given);
    },
    [command, args] as const
  );
}

/** Set one of our settings, as the settings editor does. */
export async function setSetting(page: Page, key: string, value: unknown): Promise<void> {
  await page.evaluate(
    async ([name, wanted]) => {
      const registry = (await window.galata.getPlugin('@jupyterlab/apputils-extension:settings'))!;
      await registry.set('lsp-jupyter:plugin', name, wanted as string);
    },
    [key, value] as const
  );
}

/** An empty notebook; its kernel is the one of the tests before, with no names in it. */
export async function openNotebook(page: Page): Promise<void> {
  await page.evaluate(async path => {
    const app = window.jupyterapp;
    const { sessions, contents } = app.serviceManager;
    const model = await sessions.findByPath(path);
    if (model) {
      const session = sessions.connectTo({ model });
      const code = 'from ipywidgets import Widget\nWidget.close_all()\n%reset -f';
      await session.kernel!.requestExecute({ code, silent: true }).done;
      session.dispose();
    }
    const cells = [{ id: 'first', cell_type: 'code', source: '', metadata: {}, outputs: [] }];
    const content = { cells, metadata: {}, nbformat: 4, nbformat_minor: 5 };
    await contents.save(path, { type: 'notebook', format: 'json', content });
    const kernel = { name: app.serviceManager.kernelspecs.specs!.default };
    await app.commands.execute('docmanager:open', { path, factory: 'Notebook', kernel });
    const tracker = (await window.galata.getPlugin('@jupyterlab/notebook-extension:tracker'))!;
    await tracker.currentWidget!.context.ready;
  }, NOTEBOOK);
  await expect(page.locator('.jp-NotebookPanel')).toBeVisible();
}

/** Run the current cell of the notebook in use, as its button does, and wait until it is done. */
export async function runCell(page: Page): Promise<void> {
  await page.evaluate(async () => {
    const tracker = (await window.galata.getPlugin('@jupyterlab/notebook-extension:tracker'))!;
    // JupyterLab drops what is run before the kernel has answered.
    const { sessionContext } = tracker.currentWidget!;
    await sessionContext.ready;
    await sessionContext.session!.kernel!.info;
    await window.jupyterapp.commands.execute('notebook:run-cell');
  });
}

/** Run code in a new last cell of the notebook in use, wait until it is done, and give the cell. */
export async function runCode(page: Page, code: string): Promise<Locator> {
  const index = await page.evaluate(async source => {
    const tracker = (await window.galata.getPlugin('@jupyterlab/notebook-extension:tracker'))!;
    const { content } = tracker.currentWidget!;
    const { sharedModel } = content.model!;
    const last = sharedModel.cells[sharedModel.cells.length - 1];
    if (last.getSource().trim() === '') {
      last.setSource(source);
    } else {
      sharedModel.addCell({ cell_type: 'code', source });
    }
    content.activeCellIndex = sharedModel.cells.length - 1;
    return content.activeCellIndex;
  }, code);
  await runCell(page);
  const cell = page.locator('.jp-NotebookPanel .jp-Cell').nth(index);
  await expect(cell.locator('.jp-InputPrompt')).toHaveText(/\[\d+\]:/);
  return cell.locator('.jp-Cell-outputArea');
}

/** Put the first example into the editor. */
export async function chooseExample(page: Page): Promise<void> {
  const list = page.getByLabel('Examples and history');
  const first = list.locator('optgroup[label="Examples"] option').first();
  await list.selectOption(await first.getAttribute('value'));
}
