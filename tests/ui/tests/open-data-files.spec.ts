import { expect, footer, openPanel, rowsThere, test } from './steps';

const CSV = 'id,ra,dec,name\n9007199254740993,10.5,-20.25,<b>bold</b>\n7,11,21,x\n';

test(
  'a double click opens a data file as a table',
  { tag: ['@PRTL-REQ-0046'] },
  async ({ page }) => {
    // At home: the page outlives the test, and would look for a folder that is gone.
    await page.contents.uploadContent(CSV, 'text', 'stars.csv');
    await page.contents.uploadContent('no table at all', 'text', 'noise.parquet');
    await page.filebrowser.openHomeDirectory();
    await page.filebrowser.refresh();
    await page.locator('.jp-DirListing-item', { hasText: 'stars.csv' }).dblclick();
    const viewer = page.locator('.lsp-Viewer:not(.lm-mod-hidden)');
    await rowsThere(viewer);
    await expect(footer(viewer)).toContainText('2 rows');
    await expect(page.locator('.lsp-FileTab')).toHaveCount(0);

    // What is no table says so, in the file's own tab.
    await page.locator('.jp-DirListing-item', { hasText: 'noise.parquet' }).dblclick();
    const tab = page.locator('.lsp-FileTab');
    await expect(tab.getByRole('alert')).toContainText('noise.parquet cannot be shown as a table');
    await expect(tab.getByRole('button', { name: 'Try again' })).toBeVisible();

    await page.contents.deleteFile('stars.csv');
    await page.contents.deleteFile('noise.parquet');
  }
);

test('the panel lists data files, opens them and takes those that are dropped', async ({
  page
}) => {
  await page.contents.uploadContent(CSV, 'text', 'listed.csv');
  const panel = await openPanel(page);
  await panel.getByRole('heading', { name: 'Data files' }).click();
  const list = panel.getByRole('listbox', { name: 'Data files' });
  const line = list.getByRole('option', { name: /^listed\.csv, \d+ B/ });
  await expect(line).toBeVisible();
  await panel.getByRole('searchbox', { name: 'Search data files' }).fill('LISTED');
  await expect(list.getByRole('option')).toHaveCount(1);
  await line.focus();
  await page.keyboard.press('Enter');
  const viewer = page.locator('.lsp-Viewer:not(.lm-mod-hidden)');
  await rowsThere(viewer);
  await expect(footer(viewer)).toContainText('2 rows');
  await panel.getByRole('searchbox', { name: 'Search data files' }).fill('');

  const data = await page.evaluateHandle(text => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([text], 'dropped.csv'));
    return transfer;
  }, `${CSV}8,12,22,y\n`);
  const section = page.locator('.lsp-FilesSection');
  await section.dispatchEvent('dragenter', { dataTransfer: data });
  await expect(section).toHaveClass(/lsp-mod-drop/);
  await section.dispatchEvent('drop', { dataTransfer: data });
  await expect(footer(viewer)).toContainText('3 rows');
  await expect(list.getByRole('option', { name: /^dropped\.csv/ })).toBeVisible();

  await page.contents.deleteFile('listed.csv');
  await page.contents.deleteFile('dropped.csv');
});
