/** Rows of a table as stamps of the sky, judged by keyboard. */

import { expect, footer, onScreen, openNotebook, runCode, runQuery, test } from './steps';
import type { Page } from './steps';

const QUERY =
  'SELECT TOP 40 source_id, phot_g_mean_mag AS mag, 150 + 0.0005 * (phot_g_mean_mag - 6) AS ra, ' +
  '2.0 AS dec FROM gaia.source WHERE phot_g_mean_mag < 7';

const wallOf = (page: Page): ReturnType<Page['locator']> => page.locator('.lsp-Wall:visible');
const status = (page: Page): ReturnType<Page['locator']> => wallOf(page).locator('.lsp-Wall-text');
const tile = (page: Page, place: number): ReturnType<Page['locator']> =>
  wallOf(page).locator(`.lsp-Wall-tile[aria-posinset="${place}"]`);

/** The stamps on screen are all there. */
async function made(page: Page): Promise<void> {
  await expect(wallOf(page).locator('.lsp-Wall-tile[data-phase=made]').first()).toBeVisible();
  await expect(wallOf(page).locator('.lsp-Wall-tile:not([data-phase=made])')).toHaveCount(0);
}

test('judge stamps of a table', { tag: ['@PRTL-REQ-0041', '@PRTL-REQ-0066'] }, async ({ page }) => {
  const viewer = await runQuery(page, QUERY);
  await viewer.getByRole('button', { name: 'Stamps' }).click();
  await made(page);
  await expect(status(page)).toHaveText('40 stamps');
  // Each is a picture of the sky, and not the same one.
  const sizes = await wallOf(page)
    .locator('.lsp-Wall-picture')
    .evaluateAll(all =>
      all.map(one =>
        (one as HTMLImageElement).decode().then(() => (one as HTMLImageElement).naturalWidth)
      )
    );
  expect(sizes.length).toBeGreaterThan(8);

  const list = wallOf(page).getByRole('listbox', { name: /^Stamps/ });
  await list.focus();
  await page.keyboard.press('Home');
  for (const key of ['1', '2', '2', '9', '3']) {
    await page.keyboard.press(key);
  }
  await expect(tile(page, 1)).toHaveAccessibleName(/label keep/);
  await expect(tile(page, 4)).toHaveAccessibleName(/label unsure/);
  await page.keyboard.press('Control+z');
  await expect(tile(page, 4)).not.toHaveAccessibleName(/label/);
  await page.keyboard.press('Space');
  await page.keyboard.press('Shift+ArrowRight');
  await expect(status(page)).toHaveText('40 stamps · 3 labelled · 2 rows selected');

  // In colour the same places are other pictures.
  await wallOf(page).getByLabel('Band').selectOption('i r g');
  await made(page);
  await wallOf(page)
    .getByRole('button', { name: /^2 ?reject/ })
    .isVisible();

  const tools = page.locator('.lsp-Viewer:visible');
  await tools.getByRole('button', { name: 'Copy as code' }).click();
  const copied = (): Promise<string> => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(copied).toContain('band=["i", "r", "g"]');
  const code = await copied();

  const file = page.waitForEvent('download');
  await tools.getByRole('button', { name: 'Download' }).click();
  await page.getByRole('menuitem', { name: 'One FITS file' }).click();
  expect((await file).suggestedFilename()).toBe('cutouts.fits');

  // The labels are a column of a table of one's own.
  await tools.getByRole('button', { name: 'Save labels' }).click();
  const dialog = page.locator('.jp-Dialog-content');
  await expect(dialog).toContainText('labels.csv');
  await dialog.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('mydb.labels has 3 rows.')).toBeVisible();

  // The row at the cursor is that of the table, and Enter goes there.
  await list.focus();
  await page.keyboard.press('Enter');
  await expect(viewer).toBeVisible();
  await expect(footer(viewer)).toContainText('2 selected');

  // A wall that is opened later knows the labels, and shows what the table shows.
  await onScreen(viewer).first().waitFor({ state: 'attached' });
  await viewer.getByLabel('Filter mag', { exact: true }).fill('< 5');
  await page.keyboard.press('Enter');
  await expect(footer(viewer)).toContainText('filtered by mag');
  await viewer.getByRole('button', { name: 'Stamps' }).click();
  await expect(status(page)).toContainText('3 labelled');
  await expect(status(page)).not.toContainText('40 stamps');
  await openNotebook(page);
  const output = await runCode(page, `${code}\nprint(len(stamps), len(stamps.failures))`);
  await expect(output).toContainText('120 0');
  const saved = await runQuery(page, 'SELECT source_id, label FROM mydb.labels');
  await expect(onScreen(saved)).toContainText('reject');
});

test('a wall comes back after a reload', async ({ page }) => {
  const viewer = await runQuery(page, QUERY);
  await viewer.getByRole('button', { name: 'Stamps' }).click();
  await expect(status(page)).toHaveText('40 stamps');
  const kept = page.waitForResponse(
    reply =>
      reply.url().includes('/api/workspaces') &&
      /"colours":"viridis"/.test(reply.request().postData() ?? '')
  );
  await wallOf(page).getByLabel('Colours').selectOption('viridis');
  await kept;
  await page.reload();
  await expect(wallOf(page).getByLabel('Colours')).toHaveValue('viridis');
  await made(page);

  const none = await runQuery(page, 'SELECT TOP 5 source_id FROM gaia.source');
  await none.getByRole('button', { name: 'Stamps' }).click();
  await expect(page.getByText('a wall needs right ascension')).toBeVisible();
});
