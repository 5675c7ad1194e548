/**
 * Times, in a real browser, from pressing Run to rows on the canvas.
 *
 * Arguments behind those of `measure`: rounds, and the query with `{n}` for the
 * number of the round. Gives one time in seconds for each round.
 */
/* global document, performance, requestAnimationFrame, window */

import { measure, write } from './lab.mjs';

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

await measure(async (page, rounds, query) => {
  const times = [];
  for (let round = 0; round < Number(rounds) + 2; round += 1) {
    await write(page, query.replace('{n}', String(round)));
    const taken = await page.evaluate(pressAndWait);
    if (round >= 2) {
      times.push(taken);
    }
    await page.evaluate(() => window.jupyterapp.shell.currentWidget.close());
    await page.waitForSelector('.lsp-Viewer', { state: 'detached' });
  }
  return times;
});
