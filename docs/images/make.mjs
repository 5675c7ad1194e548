/**
 * Makes first-light.png: the panel, a table, and a notebook with the same result.
 *
 * Start `lsp demo --no-browser --port 8888 --token T` on an empty state folder, then
 * `node docs/images/make.mjs http://127.0.0.1:8888/ /usr/bin/chromium`, with the
 * token on standard input.
 */

import { createRequire } from 'node:module';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

// The browser tests' own installation.
const require = createRequire(new URL('../../tests/ui/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const QUERY = `SELECT source_id, ra, dec, phot_g_mean_mag
FROM gaia.source
WHERE CONTAINS(POINT(ra, dec),
  CIRCLE(56.75, 24.12, 1)) = 1
ORDER BY phot_g_mean_mag`;

const [url, executablePath] = process.argv.slice(2);
const token = (await text(process.stdin)).trim();
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']
});
try {
  const page = await browser.newPage({ viewport: { width: 1680, height: 880 } });
  await page.goto(`${url}lab?reset&token=${token}`);
  await page.waitForSelector('#jupyterlab-splash', { state: 'detached', timeout: 60_000 });
  await page.locator('.lsp-QuerySection .cm-content').click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(QUERY);
  await page.locator('.lsp-Run').click();
  await page.waitForFunction(() =>
    /of 112 rows/.test(document.querySelector('.lsp-Viewer .lsp-Foot-rows')?.textContent ?? '')
  );
  await page.locator('.lsp-Viewer').getByText('Send to notebook').click();
  await page.locator('.jp-Notebook .jp-CodeCell').first().waitFor();
  const dialog = page.locator('.jp-Dialog .jp-mod-accept');
  const idle = page.locator('.jp-Notebook-ExecutionIndicator[data-status="idle"]');
  await dialog.or(idle).first().waitFor({ timeout: 60_000 });
  if (await dialog.count()) {
    await dialog.click();
  }
  await idle.waitFor({ timeout: 60_000 });
  // The launcher goes if it is there; the notebook stands to the right of the table.
  const launcher = page.locator('.lm-TabBar-tab', { hasText: 'Launcher' });
  if (await launcher.count()) {
    await launcher.locator('.lm-TabBar-tabCloseIcon').click();
  }
  const tab = await page.locator('.lm-DockPanel-tabBar .lm-TabBar-tab', { hasText: '.ipynb' }).boundingBox();
  const dock = await page.locator('#jp-main-dock-panel').boundingBox();
  await page.mouse.move(tab.x + 40, tab.y + tab.height / 2);
  await page.mouse.down();
  await page.mouse.move(dock.x + dock.width / 2, dock.y + dock.height / 2, { steps: 10 });
  await page.mouse.move(dock.x + dock.width - 60, dock.y + dock.height / 2, { steps: 10 });
  await page.mouse.up();
  await page.locator('.jp-Notebook .jp-CodeCell .cm-content').first().click();
  await page.keyboard.press('Shift+Enter');
  await page.locator('.jp-OutputArea-output table').waitFor({ timeout: 60_000 });
  await page.waitForTimeout(1500); // The canvas is drawn anew in its new size.
  await page.evaluate(() => {
    document.querySelector('.jp-Notebook .jp-WindowedPanel-outer, .jp-Notebook').scrollTop = 0;
  });
  await page.waitForTimeout(500);
  await page.screenshot({ path: fileURLToPath(new URL('first-light.png', import.meta.url)) });
} finally {
  await browser.close();
}
