/**
 * Times, in a real browser, from pressing Run to rows on the canvas.
 *
 * Arguments: URL of JupyterLab, Chromium, rounds, and the query with `{n}` for
 * the number of the round. The token comes on standard input. Writes JSON with
 * one time in seconds for each round.
 */
/* global URL, document, performance, requestAnimationFrame, window */

import { createRequire } from 'node:module';
import process from 'node:process';
import { text } from 'node:stream/consumers';

// The browser tests' own installation.
const require = createRequire(new URL('../tests/ui/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const [url, executablePath, rounds, query] = process.argv.slice(2);
const token = (await text(process.stdin)).trim();

/** In the page: press Run, and resolve once a frame with rows was drawn. */
function pressAndWait() {
  return new Promise(resolve => {
    const start = performance.now();
    const look = () => {
      // The line below a table says which rows were painted.
      const line = document.querySelector('.lsp-Viewer .lsp-Foot-rows')?.textContent ?? '';
      if (/\d[–-]\d/.test(line)) {
        resolve((performance.now() - start) / 1000);
      } else {
        requestAnimationFrame(look);
      }
    };
    document.querySelector('.lsp-Run').click();
    look();
  });
}

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
  const times = [];
  for (let round = 0; round < Number(rounds) + 2; round += 1) {
    await page.locator('.lsp-QuerySection .cm-content').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText(query.replace('{n}', String(round)));
    const taken = await page.evaluate(pressAndWait);
    if (round >= 2) {
      times.push(taken);
    }
    await page.evaluate(() => window.jupyterapp.shell.currentWidget.close());
    await page.waitForSelector('.lsp-Viewer', { state: 'detached' });
  }
  process.stdout.write(JSON.stringify(times));
} finally {
  await browser.close();
}
