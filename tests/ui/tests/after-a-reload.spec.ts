import { expect, footer, openPanel, rowPlace, rows, runQuery, test } from './steps';

test('tables, their selection and the query come back', async ({ page }) => {
  const viewer = await runQuery(page, 'SELECT TOP 30 hip, plx FROM hipparcos.main ORDER BY hip');
  const { x, y } = await rowPlace(viewer, 4);
  await page.mouse.click(x, y);
  await expect(footer(viewer)).toContainText('1 selected');
  // The layout is saved a moment after it changes.
  await page
    .waitForResponse(reply => reply.url().includes('/lab/api/workspaces/'), { timeout: 5000 })
    .catch(() => null);
  await page.reload({ waitForIsReady: false });
  const again = page.locator('.lsp-Viewer');
  await expect(rows(again).first()).toBeAttached();
  await expect(footer(again)).toContainText('of 30 rows');
  await expect(footer(again)).toContainText('1 selected');
  const panel = await openPanel(page);
  await expect(panel.locator('.lsp-Editor .cm-content')).toContainText('ORDER BY hip');
  await expect(panel.locator('.lsp-Job').first()).toContainText('30 rows');
});
