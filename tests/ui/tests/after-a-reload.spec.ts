import { expect, footer, openPanel, rowsThere, runQuery, selectRow, test } from './steps';

test('tables, their selection and the query come back', async ({ page }) => {
  const viewer = await runQuery(page, 'SELECT TOP 30 hip, plx FROM hipparcos.main ORDER BY hip');
  await selectRow(page, viewer, 4);
  // The layout is saved a moment after it changes.
  const id = await viewer.getAttribute('id');
  const saved = (): Promise<string> =>
    page.evaluate(async () => {
      const { workspaces } = window.jupyterapp.serviceManager;
      return JSON.stringify(await workspaces.fetch('default'));
    });
  await expect.poll(saved).toContain(id!.replace('lsp-result-', 'lsp-results:'));
  await page.reload();
  const again = page.locator('.lsp-Viewer');
  await rowsThere(again);
  await expect(footer(again)).toContainText('of 30 rows');
  await expect(footer(again)).toContainText('1 selected');
  const panel = await openPanel(page);
  await expect(panel.locator('.lsp-Editor .cm-content')).toContainText('ORDER BY hip');
  await expect(panel.locator('.lsp-Job').first()).toContainText('30 rows');
});
