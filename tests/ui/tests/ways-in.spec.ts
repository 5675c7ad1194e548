import { chooseExample, execute, expect, openPanel, runQuery, setSetting, test } from './steps';

test('the launcher has a card that opens the panel', async ({ page }) => {
  await expect(page.locator('#lsp-panel')).toBeHidden();
  await expect(
    page.locator('.jp-Launcher-sectionTitle', { hasText: 'Science Platform' })
  ).toBeVisible();
  await page.locator('.jp-LauncherCard', { hasText: 'Query a catalogue' }).click();
  await expect(page.locator('#lsp-panel')).toBeVisible();
});

test('the command palette opens the panel and runs its query', async ({ page }) => {
  await page.keyboard.press('ControlOrMeta+Shift+c');
  await page.locator('.lm-CommandPalette-input').fill('science platform panel');
  await page.keyboard.press('Enter');
  await expect(page.locator('#lsp-panel')).toBeVisible();
  await execute(page, 'lsp:run-query', { adql: 'SELECT TOP 2 ra FROM gaia.source' });
  await expect(page.locator('.lsp-Query-status')).toContainText('Done · 2 rows');
  await expect(page.locator('.lsp-Viewer:visible .lsp-Foot')).toContainText('of 2 rows');
});

test('the status bar opens the panel', async ({ page }) => {
  await page.getByRole('button', { name: 'Science Platform: ready' }).click();
  await expect(page.locator('#lsp-panel')).toBeVisible();
});

test('a job of the list opens its table again', async ({ page }) => {
  const viewer = await runQuery(page, 'SELECT TOP 3 hip FROM hipparcos.main');
  await page
    .locator('.lm-TabBar-tab.lm-mod-current .lm-TabBar-tabCloseIcon:visible')
    .last()
    .click();
  await expect(viewer).toHaveCount(0);
  await page.locator('.lsp-Job').first().dblclick();
  await expect(page.locator('.lsp-Viewer:visible .lsp-Foot')).toContainText('of 3 rows');
});

test('the query of a job is edited and run again', async ({ page }) => {
  await runQuery(page, 'SELECT TOP 3 hip FROM hipparcos.main');
  const panel = await openPanel(page);
  await chooseExample(page);
  await expect(panel.locator('.lsp-Editor .cm-content')).not.toContainText('TOP 3 hip');
  await page.locator('.lsp-Job').first().hover();
  await page
    .locator('.lsp-Job')
    .first()
    .getByRole('button', { name: 'Edit and run again' })
    .click();
  await expect(panel.locator('.lsp-Editor .cm-content')).toHaveText(
    'SELECT TOP 3 hip FROM hipparcos.main'
  );
});

test('settings open the panel at start, bound the rows and leave tables closed', async ({
  page
}) => {
  await setSetting(page, 'openAtStart', true);
  await setSetting(page, 'maxrec', 7);
  await setSetting(page, 'openResults', false);
  await page.goto('?reset');
  const panel = page.locator('#lsp-panel');
  await expect(panel).toBeVisible();
  await expect(panel.getByLabel('Max rows')).toHaveValue('7');
  // An example is filled in for who begins.
  await expect(panel.locator('.lsp-Editor .cm-content')).toContainText('SELECT');
  await panel.getByRole('button', { name: 'Run', exact: true }).click();
  await expect(panel.locator('.lsp-Query-status')).toContainText('Done · 7 rows (cut off)');
  await expect(page.locator('.lsp-Viewer')).toHaveCount(0);
});
