import {
  begin,
  chooseExample,
  column,
  expect,
  footer,
  jobItem,
  openPanel,
  rowsThere,
  runButton,
  runQuery,
  test,
  viewerOf,
  writeQuery
} from './steps';

const STARS =
  'SELECT TOP 200 source_id, ra, dec, phot_g_mean_mag FROM gaia.source ORDER BY phot_g_mean_mag';

test(
  'the panel shows releases, tables and columns, with unit, UCD and description',
  { tag: ['@PRTL-REQ-0001', '@PRTL-REQ-0002'] },
  async ({ page }) => {
    await expect(page.locator('.lm-TabBar-tab[data-id="lsp-panel"]')).toHaveAttribute(
      'title',
      /Science Platform/
    );
    const panel = await openPanel(page);
    const tree = panel.getByRole('tree', { name: 'Catalogues' });
    await expect(tree.getByRole('treeitem', { name: /Gaia.*release/ })).toHaveAttribute(
      'aria-expanded',
      'true'
    );
    await expect(panel.locator('.lsp-Tree-license').first()).toContainText('CC BY-SA');
    const table = tree.getByRole('treeitem', { name: /^gaia\.source, table/ });
    await expect(table).toContainText('482k');
    await table.click();
    const ra = tree.getByRole('treeitem', { name: 'ra, column, deg' });
    await ra.hover();
    const card = page.getByRole('tooltip');
    await expect(card).toContainText('Right ascension');
    await expect(card).toContainText('pos.eq.ra;meta.main');
    await expect(card).toContainText('deg');
    await ra.dblclick();
    await expect(panel.locator('.lsp-Editor .cm-content')).toContainText('ra');
  }
);

test('the tree is searched and walked with the keyboard', async ({ page }) => {
  const panel = await openPanel(page);
  await panel.getByLabel('Search tables and columns').fill('parallax');
  const items = panel.getByRole('treeitem');
  await expect(items.filter({ hasText: 'hipparcos.main' })).toHaveAttribute(
    'aria-expanded',
    'true'
  );
  await expect(panel.getByRole('treeitem', { name: /^plx, column/ })).toBeVisible();
  await expect(items.filter({ hasText: 'gaia.source' })).toHaveCount(0);
  await panel.getByLabel('Search tables and columns').fill('');
  await panel.getByRole('treeitem', { name: /Gaia.*release/ }).focus();
  await page.keyboard.press('ArrowDown');
  await expect(panel.getByRole('treeitem', { name: /^gaia\.source, table/ })).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(panel.getByRole('treeitem', { name: /^source_id, column/ })).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await expect(panel.getByRole('treeitem', { name: /^gaia\.source, table/ })).toHaveAttribute(
    'aria-expanded',
    'false'
  );
});

test('an example runs and its rows appear', async ({ page }) => {
  const panel = await openPanel(page);
  await chooseExample(page);
  await expect(panel.locator('.lsp-Editor .cm-content')).toContainText('SELECT');
  const id = await begin(page, () => runButton(page).click());
  const viewer = viewerOf(page, id);
  await rowsThere(viewer);
  await expect(jobItem(page, id)).toContainText(/Done · \d+ rows · \d/);
  await expect(footer(viewer)).toContainText(/^1–\d+ of \d+ rows/);
});

test('rows of a table come by one click in the tree', async ({ page }) => {
  const panel = await openPanel(page);
  const table = panel.getByRole('treeitem', { name: /^hipparcos\.main, table/ });
  await table.hover();
  await table.getByRole('button', { name: 'Show the first 100 rows of hipparcos.main' }).click();
  await expect(footer(page.locator('.lsp-Viewer:visible'))).toContainText('of 100 rows');
});

test('64-bit identifiers are exact, and units stand under the names', async ({ page }) => {
  const viewer = await runQuery(
    page,
    'SELECT source_id, ra FROM gaia.source WHERE source_id = 66714384142368256'
  );
  await expect.poll(() => column(viewer, 'source_id')).toEqual(['66714384142368256']);
  await expect(viewer.locator('.lsp-Head-cell[data-column="ra"]')).toContainText('deg');
  await expect(viewer.getByRole('button', { name: 'Sort by ra' })).toHaveAttribute(
    'title',
    /UCD: pos\.eq\.ra/
  );
});

test('a result cut off at its limit says so', async ({ page }) => {
  await openPanel(page);
  await page.getByLabel('Max rows').fill('1k');
  const viewer = await runQuery(page, 'SELECT source_id FROM gaia.source');
  await expect(viewer).toContainText('Cut off at 1,000 rows');
  await expect(footer(viewer)).toContainText('of 1,000 rows');
});

test('a result without rows says so', async ({ page }) => {
  await openPanel(page);
  await writeQuery(page, 'SELECT source_id, ra FROM gaia.source WHERE ra < -1');
  await runButton(page).click();
  await expect(page.locator('.lsp-Viewer:visible')).toContainText('The query found no rows.');
});

test('a result is downloaded as a file', async ({ page }) => {
  const viewer = await runQuery(page, STARS);
  await viewer.getByRole('button', { name: 'Download' }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('menuitem', { name: 'CSV', exact: true }).click();
  const file = await download;
  expect(file.suggestedFilename()).toMatch(/\.csv$/);
  const stream = await file.createReadStream();
  let text = '';
  for await (const chunk of stream) {
    text += String(chunk);
  }
  expect(text.split('\n')[0].trim()).toBe('source_id,ra,dec,phot_g_mean_mag');
  expect(text.trim().split('\n')).toHaveLength(201);
});
