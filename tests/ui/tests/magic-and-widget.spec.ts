import {
  column,
  expect,
  footer,
  numbers,
  openNotebook,
  openPanel,
  rowPlace,
  rowsThere,
  runCode,
  test
} from './steps';

test(
  '%%adql binds a name, shows the table, and selected rows come back',
  { tag: ['@PRTL-REQ-0115'] },
  async ({ page }) => {
    await openPanel(page);
    await openNotebook(page);
    await runCode(page, '%load_ext lsp_jupyter\nimport lsp_jupyter as lsp');
    const output = await runCode(
      page,
      '%%adql bright\nSELECT TOP 100 source_id, ra, dec, phot_g_mean_mag FROM gaia.source ORDER BY phot_g_mean_mag'
    );
    const widget = output.locator('.lsp-TableWidget');
    await expect(widget).toBeVisible();
    await rowsThere(widget);
    await expect(footer(widget)).toContainText('of 100 rows');
    await expect(widget.locator('.lsp-Head-cell[data-column="ra"]')).toContainText('deg');

    // The job is in the panel's list too, under the same name.
    const job = page.locator('.lsp-Job').first();
    await expect(job).toContainText('notebook');
    await expect(job).toContainText('100 rows');

    const ids = await column(widget, 'source_id');
    const from = await rowPlace(widget, 1);
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move(from.x, from.y + 48, { steps: 4 });
    await page.mouse.up();
    await expect(footer(widget)).toContainText('3 selected');
    const check = await runCode(
      page,
      'print(len(bright.selected), *bright.selected.to_pandas()["source_id"])'
    );
    await page.screenshot({ path: 'test-results/widget.png' });
    await expect(check).toContainText(`3 ${ids.slice(1, 4).join(' ')}`);
  }
);

test('the widget sorts and filters, and keeps its keys from the notebook', async ({ page }) => {
  await openNotebook(page);
  await runCode(page, '%load_ext lsp_jupyter');
  const output = await runCode(
    page,
    '%%adql near\nSELECT hip, plx FROM hipparcos.main WHERE plx > 100'
  );
  const widget = output.locator('.lsp-TableWidget');
  await rowsThere(widget);
  await widget.getByRole('button', { name: 'Sort by plx' }).click();
  await widget.getByRole('button', { name: /^Sort by plx/ }).click();
  await expect(footer(widget)).toContainText('sorted by plx ▼');
  await expect(widget.getByRole('columnheader', { name: /plx/ })).toHaveAttribute(
    'aria-sort',
    'descending'
  );
  await expect(async () => {
    const plx = await numbers(widget, 'plx');
    expect(plx).toEqual([...plx].sort((a, b) => b - a));
  }).toPass();
  const filter = widget.getByLabel('Filter plx', { exact: true });
  await filter.fill('> 300');
  await filter.press('Enter');
  await expect(footer(widget)).toContainText('in all');

  const cells = page.locator('.jp-NotebookPanel:visible .jp-Cell');
  const before = await cells.count();
  const { x, y } = await rowPlace(widget, 1);
  await page.mouse.click(x, y);
  await page.keyboard.press('b');
  await page.keyboard.press('a');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ControlOrMeta+a');
  await expect(footer(widget)).toContainText(/\d selected/);
  await expect(cells).toHaveCount(before);
});

test('an error in the magic is one line with its place', async ({ page }) => {
  await openNotebook(page);
  await runCode(page, '%load_ext lsp_jupyter');
  const output = await runCode(page, '%%adql wrong\nSELECT phot_g_mean FROM gaia.source');
  await expect(output).toContainText('phot_g_mean_mag');
  await expect(output).not.toContainText('Traceback');
});
