import { expect, openNotebook, runCell, runCode, runQuery, setSetting, test } from './steps';

const QUERY =
  'SELECT TOP 7 source_id, ra, phot_g_mean_mag FROM gaia.source ORDER BY phot_g_mean_mag';

test('a result goes to a new notebook, as an astropy Table with units', async ({ page }) => {
  const viewer = await runQuery(page, QUERY);
  const id = await page.locator('.lsp-Job').first().getAttribute('data-id');
  const jobs = await page.locator('.lsp-Job').count();
  await viewer.getByRole('button', { name: 'Send to notebook' }).click();
  const cell = page.locator('.jp-NotebookPanel:visible .jp-CodeCell').first();
  await expect(cell).toContainText(`lsp.result("${id}")`);
  await expect(cell).toContainText('gaia_source.to_table()');
  await runCell(page);
  const output = cell.locator('.jp-Cell-outputArea');
  await expect(output).toContainText('length=7');
  await expect(output).toContainText('deg');
  // Nothing was asked again.
  await expect(page.locator('.lsp-Job')).toHaveCount(jobs);
  const check = await runCode(page, 'print(len(gaia_source), gaia_source.to_table()["ra"].unit)');
  await expect(check).toContainText('7 deg');
});

test('a second result comes below the current cell, under a name of its own', async ({ page }) => {
  await openNotebook(page);
  await runCode(page, 'gaia_source = 1');
  const viewer = await runQuery(page, QUERY);
  await setSetting(page, 'notebookForm', 'pandas');
  await page.locator('.lsp-Job').first().hover();
  await page.locator('.lsp-Job').first().getByRole('button', { name: 'Send to notebook' }).click();
  await expect(viewer).toBeHidden();
  const cells = page.locator('.jp-NotebookPanel:visible .jp-CodeCell');
  await expect(cells).toHaveCount(2);
  await expect(cells.nth(1)).toContainText('gaia_source_2.to_pandas()');
  await runCell(page);
  await expect(cells.nth(1).locator('.jp-Cell-outputArea')).toContainText('phot_g_mean_mag');
});
