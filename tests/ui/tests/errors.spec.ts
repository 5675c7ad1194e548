import { execute, expect, openPanel, runButton, runQuery, test, writeQuery } from './steps';

test('a syntax error is underlined, with its place and a hint', async ({ page }) => {
  const panel = await openPanel(page);
  await writeQuery(page, 'SELECT source_id, ra\nFORM gaia.source');
  await page.keyboard.press('Shift+Enter');
  const error = panel.getByRole('alert');
  await expect(error).toContainText(/Line \d, column \d+/);
  await expect(panel.locator('.lsp-Editor-error')).toHaveCount(1);
  await expect(panel.locator('.lsp-Query-hint')).not.toBeEmpty();
  await expect(page.locator('.lsp-Viewer')).toHaveCount(0);
  // Typing takes both away; the mended query runs.
  await writeQuery(page, 'SELECT TOP 3 source_id, ra\nFROM gaia.source');
  await expect(error).toHaveCount(0);
  await expect(panel.locator('.lsp-Editor-error')).toHaveCount(0);
  await page.keyboard.press('ControlOrMeta+Enter');
  await expect(panel.locator('.lsp-Query-status')).toContainText('Done · 3 rows');
});

for (const [query, marked, said] of [
  ['SELECT parallax FROM hipparcos.main', 'parallax', /plx|column/i],
  ['SELECT phot_g_mean FROM gaia.source', 'phot_g_mean', /phot_g_mean_mag/],
  ['SELECT * FROM gaia.sources', 'gaia.sources', /gaia\.source\b/],
  ['SELECT * FROM gaia.source; DROP TABLE x', ';', /./],
  ["SELECT * FROM read_csv('/etc/passwd')", '', /./]
] as const) {
  test(`“${query}” is refused where it is wrong`, async ({ page }) => {
    const panel = await openPanel(page);
    await writeQuery(page, query);
    await runButton(page).click();
    await expect(panel.getByRole('alert')).toContainText(said);
    const underlined = panel.locator('.lsp-Editor-error');
    await expect(underlined).toHaveCount(1);
    await expect(underlined).toContainText(marked);
  });
}

test('a limit that is no number of rows is refused', async ({ page }) => {
  const panel = await openPanel(page);
  for (const limit of ['many', '-1', '1.5']) {
    await page.getByLabel('Max rows').fill(limit);
    await runButton(page).click();
    await expect(panel.getByRole('alert')).toContainText('is not a number of rows');
  }
});

test('200 kB of parentheses are refused and the next query runs', async ({ page }) => {
  const panel = await openPanel(page);
  await writeQuery(page, `SELECT ${'('.repeat(100_000)}1${')'.repeat(100_000)} FROM gaia.source`);
  await runButton(page).click();
  await expect(panel.getByRole('alert')).not.toBeEmpty();
  await runQuery(page, 'SELECT TOP 3 ra FROM gaia.source');
});

test('text from the data is shown as text, whatever it says', async ({ page }) => {
  const hostile = `<img src=x onerror="window.__xss=1"><script>window.__xss=1</script>`;
  const viewer = await runQuery(
    page,
    `SELECT TOP 1 '${hostile}' AS "<b onmouseover=window.__xss=1>x</b>" FROM gaia.source`
  );
  await expect(viewer.getByRole('columnheader')).toHaveText('<b onmouseover=window.__xss=1>x</b>');
  await expect(viewer.getByRole('grid').locator('td')).toHaveText(hostile);
  await page.locator('.lsp-Job').first().hover();
  await expect(page.getByRole('tooltip')).toContainText('onerror');
  await expect(
    page.locator('.lsp-Viewer img, .lsp-Panel img, .lsp-Card img, .lsp-Viewer b')
  ).toHaveCount(0);
  expect(
    await page.evaluate(() => (window as unknown as Record<string, unknown>).__xss)
  ).toBeUndefined();
});

test('a result that is gone is told in its tab', async ({ page }) => {
  await execute(page, 'lsp:open-result', { id: '0123456789abcdef0123456789abcdef' });
  const viewer = page.locator('.lsp-Viewer:visible');
  await expect(viewer.getByRole('alert')).toContainText(/no.*job|not/i);
  await expect(viewer.getByRole('button', { name: 'Try again' })).toBeVisible();
});
