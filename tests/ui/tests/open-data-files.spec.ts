import { expect, footer, rowsThere, test } from './steps';

const CSV = 'id,ra,dec,name\n9007199254740993,10.5,-20.25,<b>bold</b>\n7,11,21,x\n';

test('a double click opens a data file as a table', async ({ page }) => {
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
});
