import {
  column,
  expect,
  footer,
  openPanel,
  rowPlace,
  rows,
  runQuery,
  runButton,
  test,
  writeQuery
} from './steps';

const STARS =
  'SELECT TOP 200 source_id, ra, dec, phot_g_mean_mag FROM gaia.source ORDER BY phot_g_mean_mag';

test('the panel shows releases, tables and columns, with unit, UCD and description', async ({
  page
}) => {
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
});

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
  await items.first().focus();
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

test('the example already filled in runs and its rows appear', async ({ page }) => {
  const panel = await openPanel(page);
  await expect(panel.locator('.lsp-Editor .cm-content')).toContainText('SELECT');
  await runButton(page).click();
  const viewer = page.locator('.lsp-Viewer:visible');
  await expect(rows(viewer).first()).toBeAttached();
  const job = panel.getByRole('listitem').first();
  await expect(job).toContainText(/Done · \d+ rows · \d/);
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
  expect(await column(viewer, 'source_id')).toEqual(['66714384142368256']);
  await expect(viewer.locator('.lsp-Head-cell[data-column="ra"]')).toContainText('deg');
  await expect(viewer.getByRole('button', { name: 'Sort by ra' })).toHaveAttribute(
    'title',
    /UCD: pos\.eq\.ra/
  );
});

test('the table is sorted and filtered by the server', async ({ page }) => {
  const viewer = await runQuery(
    page,
    'SELECT source_id, ra, dec, phot_g_mean_mag FROM gaia.source'
  );
  await expect(footer(viewer)).toContainText('of 482,176 rows');

  await viewer.getByRole('button', { name: 'Sort by phot_g_mean_mag' }).click();
  await expect(viewer.getByRole('columnheader', { name: /phot_g_mean_mag/ })).toHaveAttribute(
    'aria-sort',
    'ascending'
  );
  const ascending = (await column(viewer, 'phot_g_mean_mag')).map(Number);
  expect(ascending).toEqual([...ascending].sort((a, b) => a - b));
  await viewer.getByRole('button', { name: /^Sort by phot_g_mean_mag/ }).click();
  await expect(viewer.getByRole('columnheader', { name: /phot_g_mean_mag/ })).toHaveAttribute(
    'aria-sort',
    'descending'
  );
  const descending = (await column(viewer, 'phot_g_mean_mag')).map(Number);
  expect(descending[0]).toBeGreaterThan(ascending[ascending.length - 1]);

  const filter = viewer.getByLabel('Filter phot_g_mean_mag', { exact: true });
  await filter.fill('< 2');
  await filter.press('Enter');
  await expect(footer(viewer)).toContainText('(482,176 in all)');
  await expect(footer(viewer)).toContainText('filtered by phot_g_mean_mag');
  const bright = (await column(viewer, 'phot_g_mean_mag')).map(Number);
  expect(Math.max(...bright)).toBeLessThan(2);

  const dec = viewer.getByLabel('Filter dec', { exact: true });
  await dec.fill('-10..10');
  await dec.press('Enter');
  await expect(footer(viewer)).toContainText('filtered by dec, phot_g_mean_mag');
  await expect
    .poll(async () => Math.max(...(await column(viewer, 'dec')).map(one => Math.abs(Number(one)))))
    .toBeLessThanOrEqual(10);

  await dec.fill('ten');
  await dec.press('Enter');
  await expect(footer(viewer)).toContainText('“ten” is not a number.');
  await expect(dec).toHaveAttribute('aria-invalid', 'true');

  await viewer.getByRole('button', { name: 'Clear all filters' }).click();
  await viewer.getByRole('button', { name: 'Back to the order of the result' }).click();
  await expect(footer(viewer)).toHaveText(/^1–\d+ of 482,176 rows$/);
});

test('the menu of a column sorts by it after another', async ({ page }) => {
  const viewer = await runQuery(page, STARS);
  await viewer.getByRole('button', { name: 'Menu of dec' }).click();
  await page.getByRole('menuitem', { name: 'Sort descending', exact: true }).click();
  await viewer.getByRole('button', { name: 'Menu of ra' }).click();
  await page.getByRole('menuitem', { name: 'Then sort ascending' }).click();
  await expect(footer(viewer)).toContainText('sorted by dec ▼, ra ▲');
  await expect(viewer.getByRole('columnheader', { name: /^dec/ })).toHaveAttribute(
    'aria-sort',
    'descending'
  );
  const decs = (await column(viewer, 'dec')).map(Number);
  expect(decs).toEqual([...decs].sort((a, b) => b - a));
});

test('rows are selected by click, shift, ctrl and drag, and stay selected when sorted', async ({
  page
}) => {
  const viewer = await runQuery(page, STARS);
  const selected = viewer
    .getByRole('grid', { name: 'Rows on screen' })
    .locator('tr[aria-selected=true]');
  const click = async (row: number, modifier?: 'Shift' | 'Control'): Promise<void> => {
    const { x, y } = await rowPlace(viewer, row);
    if (modifier) {
      await page.keyboard.down(modifier);
    }
    await page.mouse.click(x, y);
    if (modifier) {
      await page.keyboard.up(modifier);
    }
  };
  await click(2);
  await expect(footer(viewer)).toContainText('1 selected');
  await click(5, 'Shift');
  await expect(footer(viewer)).toContainText('4 selected');
  await click(8, 'Control');
  await expect(footer(viewer)).toContainText('5 selected');
  await click(3, 'Control');
  await expect(footer(viewer)).toContainText('4 selected');
  await expect(selected).toHaveCount(4);
  const ids = await column(viewer, 'source_id');
  const chosen = [2, 4, 5, 8].map(row => ids[row]).sort();

  await viewer.getByLabel('Filter source_id', { exact: true }).fill(chosen.join(', '));
  await viewer.getByLabel('Filter source_id', { exact: true }).press('Enter');
  await expect(footer(viewer)).toContainText('1–4 of 4 rows');
  await expect(selected).toHaveCount(4);
  expect((await column(viewer, 'source_id')).sort()).toEqual(chosen);
  await viewer.getByRole('button', { name: 'Clear all filters' }).click();
  await expect(footer(viewer)).toContainText('of 200 rows');

  const from = await rowPlace(viewer, 10);
  const to = await rowPlace(viewer, 14);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.up();
  await expect(footer(viewer)).toContainText('5 selected');
  await page.keyboard.press('ControlOrMeta+a');
  await expect(footer(viewer)).toContainText('200 selected');
  await page.keyboard.press('Escape');
  await expect(footer(viewer)).not.toContainText('selected');
});

test('columns are made wider by their edge, and fitted by a double click', async ({ page }) => {
  const viewer = await runQuery(page, STARS);
  const cell = viewer.locator('.lsp-Head-cell[data-column="dec"]');
  const edge = cell.locator('.lsp-Head-resize');
  const width = async (): Promise<number> => (await cell.boundingBox())!.width;
  const before = await width();
  const box = (await edge.boundingBox())!;
  await page.mouse.move(box.x + 4, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + 84, box.y + 10, { steps: 4 });
  await page.mouse.up();
  await expect.poll(width).toBe(before + 80);
  await edge.dblclick();
  await expect.poll(width).toBe(before);
});

test('half a million rows are scrolled to the end at once', async ({ page }) => {
  const viewer = await runQuery(page, 'SELECT source_id, ra, dec FROM gaia.source');
  await viewer.getByRole('application', { name: /Table of rows/ }).focus();
  await page.keyboard.press('ControlOrMeta+End');
  await expect(footer(viewer)).toContainText(/–482,176 of 482,176 rows/);
  await expect.poll(async () => (await column(viewer, 'ra')).every(one => one !== '')).toBe(true);
  await page.keyboard.press('ControlOrMeta+Home');
  await expect(footer(viewer)).toContainText(/^1–/);
});

test('selected rows are copied with every digit', async ({ page }) => {
  const viewer = await runQuery(
    page,
    'SELECT TOP 5 source_id, ra FROM gaia.source ORDER BY source_id'
  );
  const { x, y } = await rowPlace(viewer, 1);
  await page.mouse.click(x, y);
  await expect(footer(viewer)).toContainText('1 selected');
  await page.keyboard.press('ControlOrMeta+c');
  await expect(footer(viewer)).toContainText('Copied 1 row.');
  const text = await page.evaluate(() => navigator.clipboard.readText());
  const [head, line] = text.split('\n');
  expect(head).toBe('source_id\tra');
  expect(line.split('\t')[0]).toBe((await column(viewer, 'source_id'))[1]);
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
  await page.getByRole('menuitem', { name: 'CSV' }).click();
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
