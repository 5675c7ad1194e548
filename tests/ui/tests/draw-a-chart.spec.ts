import type { Locator } from '@playwright/test';

import { expect, runQuery, test } from './steps';
import type { Page } from './steps';

const SKY = 'SELECT source_id, ra, dec, phot_g_mean_mag, bp_rp FROM gaia.source';

/** Open the chart of a result by the button over its table. */
async function openChart(page: Page, viewer: Locator): Promise<Locator> {
  await viewer.getByRole('button', { name: 'Chart', exact: true }).click();
  const chart = page.locator('.lsp-ChartTab').last();
  await expect(chart.locator('.lsp-Chart')).toHaveAttribute('data-drawn', /./);
  return chart;
}

function foot(chart: Locator): Locator {
  return chart.locator('.lsp-Chart-foot');
}

test('half a million rows are counted in cells, and become points where they are few', async ({
  page
}) => {
  const viewer = await runQuery(page, SKY);
  const chart = await openChart(page, viewer);
  await expect(foot(chart)).toContainText('482,176 rows, counted in cells; zoom in for points');
  const box = (await chart.locator('.lsp-Chart-plot').boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  for (let i = 0; i < 30; i += 1) {
    await page.mouse.wheel(0, -400);
    await page.waitForTimeout(60);
  }
  await expect(foot(chart)).toContainText(/rows as points/);
});
