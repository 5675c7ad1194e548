import {
  column,
  expect,
  footer,
  newNotebook,
  openPanel,
  rowPlace,
  rows,
  runCode,
  test
} from './steps';

test('lsp.show opens the viewer, and what is selected there comes back', async ({ page }) => {
  await openPanel(page);
  await newNotebook(page);
  await page.notebook.setCell(
    0,
    'code',
    'import lsp_jupyter as lsp\n' +
      'stars = lsp.query("SELECT TOP 20 hip, plx FROM hipparcos.main ORDER BY plx DESC")\n' +
      'lsp.show(stars)'
  );
  // The notebook is hidden as soon as the viewer opens: there is no idle kernel to wait for.
  await page.locator('.jp-NotebookPanel .cm-content').first().click();
  await page.keyboard.press('Control+Enter');
  const viewer = page.locator('.lsp-Viewer:visible');
  await expect(rows(viewer).first()).toBeAttached();
  await expect(footer(viewer)).toContainText('of 20 rows');
  const hips = await column(viewer, 'hip');
  const { x, y } = await rowPlace(viewer, 3);
  await page.mouse.click(x, y);
  await expect(footer(viewer)).toContainText('1 selected');

  await page.locator('.lm-TabBar-tab', { hasText: '.ipynb' }).click();
  const output = await runCode(page, 'print("chosen", *stars.selected.to_pandas()["hip"])');
  await expect(output).toContainText(`chosen ${hips[3]}`);
});
