import type { Locator } from '@playwright/test';

import { expect, footer, openPanel, rowsThere, runQuery, test } from './steps';
import type { Page } from './steps';

const BRIGHT =
  'SELECT TOP 50 source_id, ra, dec, phot_g_mean_mag FROM gaia.source ORDER BY phot_g_mean_mag';

/** A line of the tree for a table of one's own. */
function mine(page: Page, name: string): Locator {
  return page
    .locator('#lsp-panel')
    .getByRole('treeitem', { name: new RegExp(`^mydb\\.${name}, your table`) });
}

/** The dialog on screen. */
function dialog(page: Page): Locator {
  return page.locator('.jp-Dialog-content');
}

/** Drop files on the catalogues, as the desktop's file manager does. */
async function drop(page: Page, files: Record<string, string>): Promise<void> {
  const data = await page.evaluateHandle(given => {
    const transfer = new DataTransfer();
    for (const [name, text] of Object.entries(given)) {
      transfer.items.add(new File([text], name));
    }
    return transfer;
  }, files);
  const tree = page.locator('.lsp-TreeSection');
  await tree.dispatchEvent('dragenter', { dataTransfer: data });
  await expect(tree).toHaveClass(/lsp-mod-drop/);
  await tree.dispatchEvent('drop', { dataTransfer: data });
  await expect(tree).not.toHaveClass(/lsp-mod-drop/);
}

test('a result is kept as a table, and queried', async ({ page }) => {
  const viewer = await runQuery(page, BRIGHT);
  await expect(page.locator('#lsp-panel')).toContainText('Drop a file here, or save a result.');
  await viewer.getByRole('button', { name: 'Save as table…' }).click();
  const name = dialog(page).getByLabel('Name of the table');
  const save = dialog(page).getByRole('button', { name: 'Save' });
  await expect(name).toHaveValue('gaia_source');
  await expect(name).toBeFocused();

  // What cannot be a name cannot be accepted.
  await name.fill('select');
  await expect(dialog(page)).toContainText('is a word of ADQL');
  await expect(save).toBeDisabled();
  await name.fill('bright');
  await expect(save).toBeEnabled();
  await expect(dialog(page).locator('pre')).toContainText('.save("bright")');
  await dialog(page).getByRole('button', { name: 'Copy as code' }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toMatch(/^import lsp_jupyter as lsp\n\nlsp\.result\("\w+"\)\.save\("bright"\)$/);
  await save.click();

  await expect(mine(page, 'bright')).toContainText('50');
  await mine(page, 'bright').hover();
  await expect(page.getByRole('tooltip')).toContainText('Result of SELECT TOP 50');
  await mine(page, 'bright')
    .getByRole('button', { name: /^Show the first 100 rows/ })
    .click();
  const shown = page.locator('.lsp-Viewer:visible');
  await expect(shown.locator('.lsp-Viewer-query')).toContainText('FROM mydb.bright');
  await rowsThere(shown);
  await expect(footer(shown)).toContainText('of 50 rows');
});

test('a name that is taken asks what to do', async ({ page }) => {
  await openPanel(page);
  await drop(page, { 'stars.csv': 'source_id,ra,dec,phot_g_mean_mag\n1,10,20,3.5\n' });
  await expect(dialog(page)).toContainText('stars.csv');
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  await expect(mine(page, 'stars')).toContainText('1');

  const viewer = await runQuery(page, BRIGHT);
  for (const [choice, rows] of [
    ['Add these rows to it', '51'],
    ['Replace its rows', '50']
  ]) {
    await viewer.getByRole('button', { name: 'Save as table…' }).click();
    const save = dialog(page).getByRole('button', { name: 'Save' });
    await dialog(page).getByLabel('Name of the table').fill('stars');
    await expect(dialog(page)).toContainText('You have mydb.stars already');
    await expect(save).toBeDisabled();
    await dialog(page).getByLabel(choice).check();
    await save.click();
    await expect(mine(page, 'stars')).toContainText(rows);
  }
});

test('a result that was cut off says so wherever it is kept', async ({ page }) => {
  await openPanel(page);
  await page.getByLabel('Max rows').fill('7');
  const viewer = await runQuery(page, 'SELECT source_id, ra, dec FROM gaia.source');
  await viewer.getByRole('button', { name: 'Save as table…' }).click();
  await expect(dialog(page)).toContainText('The result was cut off');
  await dialog(page).getByLabel('Name of the table').fill('few');
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  await mine(page, 'few').hover();
  await expect(page.getByRole('tooltip')).toContainText('The first 7 rows of more.');
});

test('files are chosen or dropped, one or many, and broken ones are explained', async ({
  page
}) => {
  const panel = await openPanel(page);
  const chosen = page.waitForEvent('filechooser');
  await panel.getByRole('button', { name: /^Upload a table/ }).click();
  await (
    await chosen
  ).setFiles({
    name: 'My targets.tsv',
    mimeType: 'text/plain',
    buffer: Buffer.from('id\tra\tdec\n9007199254740993\t10\t-20\n')
  });
  await expect(dialog(page).getByLabel('Name of the table')).toHaveValue('my_targets');
  await expect(dialog(page).locator('pre')).toContainText(
    'lsp.upload("My targets.tsv", "my_targets")'
  );
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  await expect(mine(page, 'my_targets')).toBeVisible();
  await mine(page, 'my_targets').click();
  await expect(panel.getByRole('treeitem', { name: 'dec, column, deg' })).toBeVisible();

  await drop(page, { 'a.csv': 'x\n1\n', 'b.csv': 'y\n2\n3\n', 'c.csv': 'x,y\n1,2,3\n' });
  await expect(mine(page, 'a')).toBeVisible();
  await expect(mine(page, 'b')).toBeVisible();
  await expect(page.getByText(/mydb\.c was not stored: .*cells/)).toBeVisible();
  await expect(mine(page, 'c')).toHaveCount(0);
});

test('a large upload shows how far it is, and is cancelled', async ({ page }) => {
  const panel = await openPanel(page);
  await page.evaluate(() => {
    const rows = ['id,ra,dec'];
    for (let i = 0; i < 1_500_000; i += 1) {
      rows.push(`${i},${i % 360}.5,${(i % 180) - 89.5}`);
    }
    const data = new DataTransfer();
    data.items.add(new File([rows.join('\n')], 'large.csv'));
    document
      .querySelector('.lsp-TreeSection')!
      .dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true }));
  });
  await dialog(page).getByRole('button', { name: 'Save' }).click();
  const line = panel.locator('.lsp-Transfer[data-name="large"]');
  // On a fast machine rows are stored before they were counted once.
  await expect(line).toContainText(/Sending · \d+ %|Storing/);
  await line.getByRole('button', { name: 'Cancel mydb.large' }).click();
  await expect(line).toHaveCount(0);
  await expect(mine(page, 'large')).toHaveCount(0);
});

test('tables are renamed and deleted, by pointer and by key', async ({ page }) => {
  const panel = await openPanel(page);
  await drop(page, { 'a.csv': 'x\n1\n', 'b.csv': 'y\n2\n' });
  await expect(mine(page, 'b')).toBeVisible();
  await mine(page, 'a').focus();
  await page.keyboard.press('F2');
  await dialog(page).getByRole('textbox').fill('b');
  await dialog(page).getByRole('button', { name: 'Rename' }).click();
  await expect(dialog(page)).toContainText('You have mydb.b already.');
  await dialog(page).getByRole('textbox').fill('renamed');
  await dialog(page).getByRole('button', { name: 'Rename' }).click();
  await expect(mine(page, 'renamed')).toBeVisible();
  await expect(mine(page, 'a')).toHaveCount(0);

  await mine(page, 'b').click({ button: 'right' });
  await page.getByRole('menuitem', { name: 'Copy as Code' }).click();
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain('lsp.query("SELECT * FROM mydb.b")');
  await mine(page, 'b').hover();
  await mine(page, 'b').getByRole('button', { name: 'Delete mydb.b' }).click();
  await expect(dialog(page)).toContainText('Delete mydb.b?');
  await dialog(page).getByRole('button', { name: 'Delete' }).click();
  await expect(mine(page, 'b')).toHaveCount(0);

  await mine(page, 'renamed').focus();
  await page.keyboard.press('Delete');
  await dialog(page).getByRole('button', { name: 'Delete' }).click();
  await expect(panel).toContainText('Drop a file here, or save a result.');
});
