/** JupyterLab in a browser of its own, for the scripts beside this one. */
/* global URL, window */

import { createRequire } from 'node:module';
import process from 'node:process';
import { text } from 'node:stream/consumers';

// The browser tests' own installation.
const require = createRequire(new URL('../../tests/ui/package.json', import.meta.url));
const { chromium } = require('playwright-core');

/**
 * Give `work` a page with JupyterLab and its panel open, and write what it returns as JSON.
 *
 * The script's first two arguments are the URL of JupyterLab and Chromium; `work` gets the
 * others. The token comes on standard input.
 */
export async function measure(work) {
  const [url, executablePath, ...more] = process.argv.slice(2);
  const token = (await text(process.stdin)).trim();
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage']
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    await page.goto(`${url}lab?reset&token=${token}`);
    await page.waitForSelector('#jupyterlab-splash', { state: 'detached', timeout: 60_000 });
    await page.waitForFunction(() => window.jupyterapp?.commands.hasCommand('lsp:open-panel'));
    await page.evaluate(async () => {
      await window.jupyterapp.restored;
      await window.jupyterapp.commands.execute('lsp:open-panel');
    });
    process.stdout.write(JSON.stringify(await work(page, ...more)));
  } finally {
    await browser.close();
  }
}

/** Write a query in place of what the editor holds. */
export async function write(page, query) {
  await page.locator('.lsp-QuerySection .cm-content').click();
  await page.keyboard.press('Control+A');
  await page.keyboard.insertText(query);
}
