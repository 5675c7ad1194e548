import {
  column,
  expect,
  footer,
  openNotebook,
  openPanel,
  rowsThere,
  runCode,
  selectRow,
  test
} from './steps';

test(
  'lsp.show opens the viewer, and what is selected there comes back',
  { tag: ['@PRTL-REQ-0008'] },
  async ({ page }) => {
    await openPanel(page);
    await openNotebook(page);
    await runCode(
      page,
      'import lsp_jupyter as lsp\n' +
        'stars = lsp.query("SELECT TOP 20 hip, plx FROM hipparcos.main ORDER BY plx DESC")\n' +
        'lsp.show(stars)'
    );
    const viewer = page.locator('.lsp-Viewer:visible');
    await rowsThere(viewer);
    await expect(footer(viewer)).toContainText('of 20 rows');
    const hips = await column(viewer, 'hip');
    await selectRow(page, viewer, 3);

    await page.locator('.lm-TabBar-tab', { hasText: '.ipynb' }).click();
    const output = await runCode(page, 'print("chosen", *stars.selected.to_pandas()["hip"])');
    await expect(output).toContainText(`chosen ${hips[3]}`);
  }
);
