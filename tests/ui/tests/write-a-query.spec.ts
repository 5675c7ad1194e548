import { expect, openPanel, runButton, test, writeQuery } from './steps';

test('names are completed from the catalogue, by keyboard alone', async ({ page }) => {
  const panel = await openPanel(page);
  await writeQuery(page, 'SELECT TOP 5 source_id FROM gaia.source WHERE phot_g');
  await page.keyboard.press('Control+Space');
  const list = page.locator('.lsp-Completion');
  await expect(list.locator('li').first()).toContainText('phot_g_mean_mag');
  await expect(list.locator('li').first()).toContainText('mag');
  // A list that has only just come does not take keys that were meant for the text.
  await page.waitForTimeout(200);
  await page.keyboard.press('Enter');
  await page.keyboard.type(' < 5');
  await expect(panel.locator('.lsp-Editor .cm-content')).toContainText('phot_g_mean_mag < 5');
  // What it will cost is told before it is run.
  await expect(panel.locator('.lsp-Query-status')).toContainText(/About \d[\d,]* rows?/);
});

test('an error is underlined while one types, and nothing else moves', async ({ page }) => {
  const panel = await openPanel(page);
  await writeQuery(page, 'SELECT TOP 5 phot_g_mean FROM gaia.source');
  const marked = panel.locator('.lsp-Editor-error');
  await expect(marked).toHaveText('phot_g_mean');
  await expect(panel.locator('.lsp-Query-status')).toContainText('phot_g_mean_mag');
  await expect(panel.getByRole('alert')).toHaveCount(0);
  await expect(runButton(page)).toBeEnabled();
  await writeQuery(page, 'SELECT TOP 5 phot_g_mean_mag FROM gaia.source');
  await expect(marked).toHaveCount(0);
});

test('a query is laid out anew, which is undone and done again', async ({ page }) => {
  const panel = await openPanel(page);
  const text = 'select top 5 ra,dec from gaia.source where ra<10 and dec>3';
  await writeQuery(page, text);
  await page.keyboard.press('Shift+Alt+F');
  const lines = panel.locator('.lsp-Editor .cm-line');
  await expect(lines.first()).toHaveText(/^SELECT/);
  expect(await lines.count()).toBeGreaterThan(1);
  const written = panel.locator('.lsp-Editor .cm-content');
  await expect(written).toContainText('ra < 10 AND dec > 3');
  await page.keyboard.press('ControlOrMeta+z');
  await expect(written).toHaveText(text);
  await page.keyboard.press('ControlOrMeta+y');
  await expect(written).toContainText('ra < 10 AND dec > 3');
});

test('a query is told in words, and its names where the pointer rests', async ({ page }) => {
  const panel = await openPanel(page);
  await writeQuery(page, 'SELECT phot_g_mean_mag FROM gaia.source WHERE ra < 10');
  const place = await panel.locator('.lsp-Editor .cm-content').evaluate(content => {
    const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const at = node.nodeValue!.indexOf('phot_g_mean_mag');
      if (at >= 0) {
        range.setStart(node, at + 4);
        range.setEnd(node, at + 6);
      }
    }
    const { x, y, height } = range.getBoundingClientRect();
    return { x, y: y + height / 2 };
  });
  await page.mouse.move(place.x - 2, place.y);
  await page.mouse.move(place.x, place.y);
  await expect(page.locator('.lsp-Hover')).toContainText('mag');
  await page.mouse.move(700, 400);
  await panel.getByRole('button', { name: 'Explain' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toContainText('gaia.source');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await writeQuery(page, 'SELECT nothing FROM gaia.source');
  await panel.getByRole('button', { name: 'Explain' }).click();
  await expect(panel.locator('.lsp-Query-error')).toContainText('nothing');
});

test(
  'a query that was run comes back from the history',
  { tag: ['@PRTL-REQ-0014'] },
  async ({ page }) => {
    const panel = await openPanel(page);
    const text = 'SELECT TOP 3 ra, dec FROM gaia.source WHERE dec > 89.31';
    await writeQuery(page, text);
    await runButton(page).click();
    await expect(panel.locator('.lsp-Query-status')).toContainText('Done');
    await writeQuery(page, 'SELECT 1');
    const history = panel.getByLabel('Examples and history');
    const label = await history.locator('option', { hasText: '89.31' }).textContent();
    await history.selectOption({ label: label! });
    await expect(panel.locator('.lsp-Editor .cm-content')).toHaveText(text);
  }
);
