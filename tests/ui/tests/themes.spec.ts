import { expect, rowPlace, runQuery, selectRow, test } from './steps';
import type { Page } from './steps';

/** The colour of the table's canvas at a place, as `r,g,b`. */
async function colourAt(page: Page, x: number, y: number): Promise<number[]> {
  return page.evaluate(
    ([left, top]) => {
      const canvas = document.querySelector<HTMLCanvasElement>(
        '.lsp-Viewer .lm-DataGrid-viewport canvas'
      )!;
      const box = canvas.getBoundingClientRect();
      const ratio = window.devicePixelRatio;
      const data = canvas
        .getContext('2d')!
        .getImageData((left - box.left) * ratio, (top - box.top) * ratio, 1, 1).data;
      return [...data.slice(0, 3)];
    },
    [x, y]
  );
}

for (const [theme, dark] of [
  ['JupyterLab Light', false],
  ['JupyterLab Dark', true]
] as const) {
  test(`${theme}: panel and table take its colours`, async ({ page }) => {
    const viewer = await runQuery(
      page,
      'SELECT source_id, ra, dec, phot_g_mean_mag, bp_rp FROM gaia.source WHERE phot_g_mean_mag < 4'
    );
    await page.theme.setTheme(theme);
    const plain = await rowPlace(viewer, 2);
    await expect
      .poll(async () => (await colourAt(page, plain.x - 60, plain.y))[0] < 128 === dark)
      .toBe(true);
    await selectRow(page, viewer, 2);
    await expect
      .poll(async () => {
        const [red, , blue] = await colourAt(page, plain.x + 60, plain.y - 9);
        return blue - red;
      })
      .toBeGreaterThan(0);
    // Text stands out from what is behind it.
    const contrast = await page.evaluate(() => {
      const luminance = (colour: string): number => {
        const [r, g, b] = colour.match(/[\d.]+/g)!.map(Number);
        return (0.2126 * r + 0.7152 * g + 0.0722 * b) / 255;
      };
      const cell = document.querySelector('.lsp-Foot')!;
      const style = getComputedStyle(cell);
      return Math.abs(luminance(style.color) - luminance(style.backgroundColor));
    });
    expect(contrast).toBeGreaterThan(0.4);
    await page.screenshot({ path: `test-results/panel-${dark ? 'dark' : 'light'}.png` });
  });
}
