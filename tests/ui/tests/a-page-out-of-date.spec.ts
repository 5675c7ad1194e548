import { expect, test } from './steps';

test.use({ autoGoto: false });

const TOAST = '.Toastify__toast';

test('a page that fits its server is left alone', async ({ page }) => {
  const answered = page.waitForResponse('**/lsp_jupyter/version');
  await page.goto('?reset');
  expect((await answered).ok()).toBe(true);
  await expect(page.locator('.lsp-Status')).toContainText('ready');
  await expect(page.locator(TOAST)).toHaveCount(0);
});

test('a page older than its server is told to reload', async ({ page }) => {
  await page.route('**/lsp_jupyter/version', route =>
    route.fulfill({ json: { package: '99.0.0', labextension: '99.0.0', api: 1 } })
  );
  await page.goto('?reset');
  const toast = page.locator(TOAST, { hasText: 'the server has 99.0.0' });
  await expect(toast).toBeVisible();
  await expect(toast.getByRole('button', { name: 'Reload' })).toBeVisible();
});
