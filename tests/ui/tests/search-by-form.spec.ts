import type { Locator } from '@playwright/test';

import {
  begin,
  expect,
  jobItem,
  onScreen,
  openPanel,
  runButton,
  runQuery,
  test,
  viewerOf
} from './steps';
import type { Page } from './steps';

/** Open the panel and its search form. */
async function openForm(page: Page): Promise<Locator> {
  const panel = await openPanel(page);
  await panel.getByRole('tab', { name: 'Form' }).click();
  const form = panel.getByRole('form', { name: 'Search', exact: true });
  await expect(form).toBeVisible();
  await form.getByLabel('Table', { exact: true }).selectOption('gaia.source');
  return form;
}

/** Ask something of a column. */
async function ask(form: Locator, column: string): Promise<Locator> {
  const picker = form.getByLabel('Add a condition on a column…');
  await picker.fill(column);
  await picker.press('Enter');
  const condition = form.getByRole('group', { name: column, exact: true });
  await expect(condition).toBeVisible();
  return condition;
}

test(
  'an object is found by its name, and searched around, without a line of ADQL',
  { tag: ['@PRTL-REQ-0021', '@PRTL-REQ-0028', '@PRTL-REQ-0031'] },
  async ({ page }) => {
    const form = await openForm(page);
    await form.getByLabel('Region').selectOption('cone');
    await form.getByLabel('Centre').fill('M 45');
    await form.getByLabel('Centre').press('Enter');
    await expect(form.getByText('M 45, Pleiades · OpenNGC')).toBeVisible();
    await expect(form.getByLabel('Centre')).toHaveValue('56.869167 24.105278');
    await form.getByLabel('Radius').fill('90');
    await form.getByLabel('Unit').selectOption('arcmin');
    const magnitude = await ask(form, 'phot_g_mean_mag');
    await magnitude.getByLabel('To of phot_g_mean_mag').fill('7');
    await form.getByLabel('Sort by').selectOption('phot_g_mean_mag');
    await form.getByLabel('Rows of the result').fill('8');
    // What is told before it runs is told of this query, which can be copied as Python.
    await expect(page.locator('#lsp-panel .lsp-Query-status')).toContainText('About 8 rows');
    await form.getByText('The query', { exact: true }).click();
    await form.getByRole('button', { name: 'Copy as code' }).click();
    const code = await page.evaluate(() => navigator.clipboard.readText());
    expect(code).toContain('import lsp_jupyter as lsp');
    expect(code).toContain('CIRCLE(56.869167, 24.105278, 1.5)');
    const id = await begin(page, () => runButton(page).click());
    await expect(jobItem(page, id)).toHaveAttribute('data-phase', 'COMPLETED');
    await expect(onScreen(viewerOf(page, id)).getByRole('row').nth(1)).toBeVisible();

    // The same query is in the editor.
    await page.locator('#lsp-panel').getByRole('tab', { name: 'ADQL' }).click();
    const editor = page.locator('#lsp-panel .lsp-Editor .cm-content');
    await expect(editor).toContainText('CIRCLE(56.869167, 24.105278, 1.5)');
    await expect(editor).toContainText('phot_g_mean_mag <= 7');
  }
);

test('what is wrong in the form is told where it is, and nothing runs', async ({ page }) => {
  const form = await openForm(page);
  await form.getByLabel('Region').selectOption('box');
  await form.getByLabel('Centre').fill('10 95');
  await form.getByLabel('Width').fill('1');
  await expect(form.getByRole('alert')).toContainText('is no position');
  await runButton(page).click();
  await expect(page.locator('#lsp-panel .lsp-Query-error')).toContainText('is no position');
  await form.getByLabel('Centre').fill('10 45');
  // What is not there yet is no mistake.
  await expect(form.getByText('Write the height.')).toBeVisible();
  await expect(form.getByRole('alert')).toHaveCount(0);
  await form.getByLabel('Centre').fill('no such object');
  await form.getByLabel('Centre').press('Enter');
  await expect(form.getByText('Nothing is known of “no such object” here.')).toBeVisible();
  await form.getByLabel('Region').selectOption('none');
});

test(
  'a query goes back into the form where it fits, and stays where it does not',
  { tag: ['@PRTL-REQ-0019', '@PRTL-REQ-0022', '@PRTL-REQ-0023', '@PRTL-REQ-0024'] },
  async ({ page }) => {
    const panel = await openPanel(page);
    const write = async (text: string): Promise<void> => {
      await panel.getByRole('tab', { name: 'ADQL' }).click();
      await panel.locator('.lsp-Editor .cm-content').click();
      await page.keyboard.press('ControlOrMeta+a');
      await page.keyboard.insertText(text);
      await panel.getByRole('tab', { name: 'Form' }).click();
    };
    const form = panel.getByRole('form', { name: 'Search', exact: true });
    await write(
      'select top 7 hip, ra from hipparcos.main where plx > 50 and ' +
        "1 = contains(point(ra, dec), ivo_geom_transform('GALACTIC', 'ICRS', box(10, 20, 30, 15)))"
    );
    await expect(form.getByLabel('Table', { exact: true })).toHaveValue('hipparcos.main');
    await expect(form.getByLabel('Coordinate system')).toHaveValue('GALACTIC');
    await expect(form.getByLabel('Centre')).toHaveValue('10 20');
    await expect(form.getByLabel('Height')).toHaveValue('15');
    await expect(form.getByLabel('Value of plx')).toHaveValue('50');
    await expect(form.getByLabel('Rows of the result')).toHaveValue('7');

    const text = 'SELECT COUNT(*) AS n FROM gaia.source';
    await write(text);
    await expect(form.getByRole('status').first()).toContainText('stays until you change');
    await panel.getByRole('tab', { name: 'ADQL' }).click();
    await expect(panel.locator('.lsp-Editor .cm-content')).toHaveText(text);
  }
);

test(
  'the rows of a result are a list of positions',
  { tag: ['@PRTL-REQ-0025'] },
  async ({ page }) => {
    const viewer = await runQuery(page, 'SELECT TOP 3 ra, dec FROM hipparcos.main WHERE plx > 300');
    await expect(viewer).toBeVisible();
    const form = await openForm(page);
    await form.getByLabel('Region').selectOption('table');
    const rows = form.getByLabel('Table of positions');
    const result = rows.locator('option', { hasText: 'plx > 300' });
    await rows.selectOption((await result.getAttribute('value')) ?? '');
    await form.getByLabel('Radius').fill('30');
    await form.getByLabel('Unit').selectOption('arcsec');
    await form.getByText('The query', { exact: true }).click();
    await expect(form.locator('pre')).toContainText('CIRCLE(p.ra, p.dec, 0.00833333333333)');
  }
);

test(
  'what values a column has is told before anything is asked',
  { tag: ['@PRTL-REQ-0031'] },
  async ({ page }) => {
    const form = await openForm(page);
    const magnitude = await ask(form, 'phot_g_mean_mag');
    await expect(magnitude.getByLabel('From of phot_g_mean_mag')).toHaveAttribute(
      'placeholder',
      '-1.108'
    );
    await expect(magnitude.getByLabel('To of phot_g_mean_mag')).toHaveAttribute(
      'placeholder',
      '10'
    );
    await form.getByLabel('Table', { exact: true }).selectOption('hipparcos.main');
    const components = await ask(form, 'nc');
    await components.getByLabel('3', { exact: true }).check();
    await components.getByLabel('2', { exact: true }).check();
    await expect(components.getByLabel('Value of nc')).toHaveValue('2, 3');
    await form.getByText('The query', { exact: true }).click();
    await expect(form.locator('pre')).toContainText('nc IN (2, 3)');
  }
);

test(
  'images are searched by what they cover, band and time, and go on as ADQL',
  { tag: ['@PRTL-REQ-0016', '@PRTL-REQ-0032'] },
  async ({ page }) => {
    const panel = await openPanel(page);
    await panel.getByRole('tab', { name: 'Images' }).click();
    const form = panel.getByRole('form', { name: 'Image search' });
    await form.getByLabel('Region').selectOption('cone');
    // No image has its centre here, and three bands times four nights cover as many squares.
    await form.getByLabel('Centre').fill('12.4 0.9');
    const bands = form.getByRole('group', { name: 'Values of lsst_band' });
    await bands.getByLabel('g', { exact: true }).check();
    await bands.getByLabel('i', { exact: true }).check();
    await form.getByLabel('From', { exact: true }).fill('2024-10-17');
    await form.getByLabel('Rows of the result').fill('20');
    const id = await begin(page, () => runButton(page).click());
    await expect(jobItem(page, id)).toHaveAttribute('data-phase', 'COMPLETED');
    const viewer = onScreen(viewerOf(page, id));
    await expect(viewer.getByRole('row').nth(1)).toContainText('i-2');
    await expect(viewer.getByRole('row')).toHaveCount(3);

    // The query of the form is the editor's, and what the editor says is the form's.
    await panel.getByRole('tab', { name: 'ADQL' }).click();
    const editor = panel.locator('.lsp-Editor .cm-content');
    await expect(editor).toContainText('1 = CONTAINS(POINT(12.4, 0.9), s_region)');
    await expect(editor).toContainText("lsst_band IN ('g', 'i')");
    await editor.click();
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.insertText(
      'SELECT TOP 20 * FROM ivoa.ObsCore WHERE 1 = INTERSECTS(CIRCLE(12, 0.5, 0.2), s_region) ' +
        "AND lsst_detector = 2 AND obs_id LIKE 'i%'"
    );
    await panel.getByRole('tab', { name: 'Images' }).click();
    await expect(form.getByLabel('Radius')).toHaveValue('0.2');
    await expect(form.getByLabel('Detector')).toHaveValue('2');
    await expect(bands.getByLabel('g', { exact: true })).not.toBeChecked();
    await expect(form.getByLabel('Value of obs_id')).toHaveValue('i');
    await panel.getByRole('tab', { name: 'ADQL' }).click();
  }
);

test(
  'positions come from a file, as a list or as a table of one’s own',
  { tag: ['@PRTL-REQ-0026', '@PRTL-REQ-0027'] },
  async ({ page }) => {
    const form = await openForm(page);
    const choose = async (button: string, name: string, text: string): Promise<void> => {
      const chosen = page.waitForEvent('filechooser');
      await form.getByRole('button', { name: button }).click();
      await (await chosen).setFiles({ name, mimeType: 'text/plain', buffer: Buffer.from(text) });
    };
    await form.getByLabel('Region').selectOption('list');
    await choose(
      'From a file…',
      'two.txt',
      '# seen twice\nra dec\n56.75 24.12\n05:35:17 -05:23:28\n'
    );
    await expect(form.getByLabel('Positions')).toHaveValue('56.75 24.12\n05:35:17 -05:23:28');
    // Columns more than a position make it a table.
    await choose('From a file…', 'pleiads.csv', 'name,ra,dec\nAlcyone,56.871,24.105\n');
    const dialog = page.locator('.jp-Dialog');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(form.getByLabel('Region')).toHaveValue('table');
    await expect(form.getByLabel('Table of positions')).toHaveValue('mydb.pleiads');
    await form.getByLabel('Radius').fill('2');
    await form.getByLabel('Unit').selectOption('arcmin');
    const id = await begin(page, () => runButton(page).click());
    await expect(jobItem(page, id)).toHaveAttribute('data-phase', 'COMPLETED');
    await expect(onScreen(viewerOf(page, id)).getByRole('row').nth(1)).toBeVisible();

    await choose('Upload a file of positions', 'nowhere.csv', 'name,colour\nx,1\n');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(form.getByText('mydb.nowhere has no columns of right ascension')).toBeVisible();
    await form.getByLabel('Region').selectOption('none');
  }
);

test('a table of an outside service is searched by the same form', async ({ page }) => {
  const panel = await openPanel(page);
  const asked: string[] = [];
  page.on('request', one => {
    if (one.url().includes('/portal/services/mirror/')) {
      asked.push(one.url());
    }
  });
  const where = panel.getByLabel('Run on');
  await where.selectOption('Mirror');
  const first = await runQuery(page, 'SELECT TOP 1 hip FROM hipparcos.main');
  await expect(first).toBeVisible();
  // Nobody has looked for its tables.
  expect(asked).toEqual([]);
  await panel.getByRole('tab', { name: 'Form' }).click();
  const form = panel.getByRole('form', { name: 'Search', exact: true });
  await expect(form.getByText('Choose a table to fill the form in.')).toBeVisible();
  await form.getByLabel('Search tables of Mirror').fill('hipparcos.main');
  await expect(form.getByRole('status').filter({ hasText: '1 of' })).toBeVisible();
  await form.getByLabel('Table', { exact: true }).selectOption('hipparcos.main');
  await form.getByLabel('Region').selectOption('box');
  await form.getByLabel('Coordinate system').selectOption('GALACTIC');
  await form.getByLabel('Centre').fill('166.57 -23.52');
  await form.getByLabel('Width').fill('2');
  await form.getByLabel('Height').fill('2');
  const magnitude = await ask(form, 'hpmag');
  await magnitude.getByLabel('To of hpmag').fill('5');
  const id = await begin(page, () => runButton(page).click());
  await expect(jobItem(page, id)).toHaveAttribute('data-phase', 'COMPLETED');
  await expect(jobItem(page, id).locator('.lsp-Job-origin')).toHaveText('mirror');
  await expect(onScreen(viewerOf(page, id)).getByRole('row').nth(1)).toBeVisible();

  // Both ways, as here.
  await panel.getByRole('tab', { name: 'ADQL' }).click();
  const editor = panel.locator('.lsp-Editor .cm-content');
  await expect(editor).toContainText("POLYGON('ICRS', ");
  await editor.click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.insertText(
    "SELECT hip FROM hipparcos.main WHERE 1 = CONTAINS(POINT('ICRS', ra, dec), " +
      "CIRCLE('ICRS', 56.75, 24.12, 1)) AND plx > 5"
  );
  await panel.getByRole('tab', { name: 'Form' }).click();
  await expect(form.getByLabel('Region')).toHaveValue('cone');
  await expect(form.getByLabel('Value of plx')).toHaveValue('5');
  await where.selectOption('this platform');
  await expect(form.getByLabel('Table', { exact: true })).not.toHaveValue('');
  await expect(form.getByLabel('Search tables of Mirror')).toHaveCount(0);
});
