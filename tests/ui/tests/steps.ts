/** What an astronomer does, one function a step. */

import { expect, test as base } from '@jupyterlab/galata';
import type { IJupyterLabPageFixture } from '@jupyterlab/galata';
import type { Locator } from '@playwright/test';

export type Page = IJupyterLabPageFixture;

/** Errors of the browser that are none of ours. */
const KNOWN = [/status of 40[0-9]/, /status of 50[0-9]/, /ResizeObserver loop/];

/**
 * Galata's test, watched: nothing is asked of any other host, the token is in
 * no address, and the page throws nothing.
 */
export const test = base.extend<{ watched: void }>({
  // Galata makes and removes folders beside the browser, as a client with the token.
  request: async ({ playwright, baseURL }, provide) => {
    const extraHTTPHeaders = { Authorization: `token ${process.env.LSP_UI_TOKEN}` };
    const context = await playwright.request.newContext({ baseURL, extraHTTPHeaders });
    await provide(context);
    await context.dispose();
  },
  watched: [
    async ({ page }, use) => {
      const wrong: string[] = [];
      const token = process.env.LSP_UI_TOKEN!;
      page.on('request', request => {
        const url = new URL(request.url());
        if (/^(https?|wss?):$/.test(url.protocol) && url.hostname !== '127.0.0.1') {
          wrong.push(`asked ${url.host}`);
        }
        if (request.url().includes(token)) {
          wrong.push(`token in ${url.pathname}`);
        }
      });
      page.on('websocket', socket => {
        if (socket.url().includes('lsp_jupyter') && socket.url().includes(token)) {
          wrong.push('token in the address of the event channel');
        }
      });
      page.on('pageerror', error => wrong.push(`thrown: ${error.message}`));
      page.on('console', message => {
        const text = message.text();
        if (message.type() === 'error' && /lsp/i.test(text) && !KNOWN.some(one => one.test(text))) {
          wrong.push(`console: ${text}`);
        }
      });
      await use();
      expect(wrong).toEqual([]);
    },
    { auto: true }
  ]
});

export { expect };

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

/** Write a query, run it, and wait for its table. */
export async function runQuery(page: Page, text: string): Promise<Locator> {
  await openPanel(page);
  await writeQuery(page, text);
  await runButton(page).click();
  await expect(page.locator('.lsp-Query-status [role=status]')).toContainText('Done');
  const viewer = page.locator('.lsp-Viewer:visible');
  await expect(rows(viewer).first()).toBeAttached();
  return viewer;
}

/** The rows on screen, as screen readers read them. */
export function rows(where: Locator): Locator {
  return where.getByRole('grid', { name: 'Rows on screen' }).locator('tbody tr');
}

/** The cells of one column on screen. */
export async function column(where: Locator, name: string): Promise<string[]> {
  return where.getByRole('grid', { name: 'Rows on screen' }).evaluate((grid, wanted) => {
    const heads = [...grid.querySelectorAll('th')].map(th =>
      th.textContent.replace(/ \(.*\)$/, '')
    );
    const index = heads.indexOf(wanted);
    return [...grid.querySelectorAll('tbody tr')].map(tr => tr.children[index]?.textContent ?? '');
  }, name);
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

/** A new notebook whose kernel is ready. */
export async function newNotebook(page: Page): Promise<void> {
  await page.notebook.createNew();
  await expect(
    page.locator('.jp-NotebookPanel:visible .jp-Notebook-ExecutionIndicator')
  ).toHaveAttribute('data-status', 'idle');
}

/** Run code in a new last cell and wait until it is done; gives its output. */
export async function runCode(page: Page, code: string): Promise<Locator> {
  const count = await page.notebook.getCellCount();
  const first = await page.notebook.getCellTextInput(count - 1);
  const index = first.trim() === '' ? count - 1 : count;
  if (index === count) {
    await page.notebook.addCell('code', code);
  } else {
    await page.notebook.setCell(index, 'code', code);
  }
  await page.notebook.runCell(index, true);
  const cell = page.locator('.jp-NotebookPanel .jp-Cell').nth(index);
  await expect(cell.locator('.jp-InputPrompt')).toHaveText(/\[\d+\]:/);
  return cell.locator('.jp-Cell-outputArea');
}
