import { execute, expect, rowsThere, runQuery, test, viewerOf } from './steps';

test('a link opens a table as it was shown', async ({ page }) => {
  const viewer = await runQuery(
    page,
    'SELECT TOP 60 source_id, ra, dec FROM gaia.source WHERE dec > 78'
  );
  const id = (await viewer.getAttribute('id'))!.replace('lsp-result-', '');
  await viewer.getByLabel('Filter ra', { exact: true }).fill('< 180');
  await page.keyboard.press('Enter');
  await expect(viewer.locator('.lsp-Foot')).toContainText('filtered by ra');
  await execute(page, 'lsp:share-link');
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await page.evaluate(() => window.jupyterapp.shell.currentWidget?.close());
  await page.goto(link);
  await rowsThere(viewerOf(page, id));
  await expect(viewerOf(page, id).locator('.lsp-Foot')).toContainText('filtered by ra');
});

test('a notebook is made of the tables and charts that are open', async ({ page }) => {
  const viewer = await runQuery(
    page,
    'SELECT TOP 50 source_id, ra, dec, phot_g_mean_mag FROM gaia.source WHERE dec > 77'
  );
  const id = (await viewer.getAttribute('id'))!.replace('lsp-result-', '');
  await viewer.getByRole('button', { name: 'Chart' }).click();
  await expect(page.locator('.lsp-Chart')).toHaveAttribute('data-drawn', /./);
  await execute(page, 'lsp:session-notebook');
  const notebook = page.locator('.jp-NotebookPanel:not(.lm-mod-hidden)');
  await expect(notebook.locator('.jp-CodeCell')).toHaveCount(3);
  await expect(notebook.locator('.jp-MarkdownCell').first()).toContainText('Science platform');
  const code = notebook.locator('.jp-CodeCell .jp-InputArea-editor');
  await expect(code.nth(1)).toContainText(`gaia_source = lsp.result("${id}")`);
  await expect(code.nth(2)).toContainText('plt.subplots()');
  // JupyterLab minds a notebook that is closed while its kernel starts.
  await expect(page.locator('#jp-main-statusbar')).toContainText('| Idle');
});
