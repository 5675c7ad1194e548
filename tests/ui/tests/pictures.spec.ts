/** The pictures of the documentation. `make pictures` keeps them; otherwise they are only looked at. */

import { join } from 'node:path';

import {
  begin,
  chooseExample,
  execute,
  expect,
  footer,
  jobItem,
  openPanel,
  runButton,
  runQuery,
  test,
  writeQuery
} from './steps';
import type { Page } from './steps';

const FOLDER = process.env.LSP_UI_PICTURES ?? 'test-results';

const PLEIADES = `SELECT source_id, ra, dec, phot_g_mean_mag, bp_rp
FROM gaia.source
WHERE 1 = CONTAINS(POINT(ra, dec), CIRCLE(56.87, 24.11, 12))`;

async function keep(page: Page, name: string): Promise<void> {
  // Nothing is pointed at, and no cursor shows.
  await page.mouse.move(640, 799);
  await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  // Distributions come by themselves.
  await page.waitForLoadState('networkidle');
  await page.screenshot({ path: join(FOLDER, `${name}.png`), animations: 'disabled' });
}

async function search(page: Page): Promise<void> {
  const panel = await openPanel(page);
  await panel.getByRole('tab', { name: 'Form' }).click();
  const form = panel.getByRole('form', { name: 'Search', exact: true });
  await form.getByLabel('Table', { exact: true }).selectOption('gaia.source');
  await form.getByLabel('Region').selectOption('cone');
  await form.getByLabel('Centre').fill('M 45');
  await form.getByLabel('Centre').press('Enter');
  await expect(form.getByText('M 45, Pleiades · OpenNGC')).toBeVisible();
  await form.getByLabel('Radius').fill('2');
  const id = await begin(page, () => runButton(page).click());
  await expect(jobItem(page, id)).toHaveAttribute('data-phase', 'COMPLETED');
  await expect(page.locator('.lsp-Viewer:visible .lsp-Foot')).toContainText('rows');
}

for (const [theme, dark] of [
  ['JupyterLab Light', ''],
  ['JupyterLab Dark', '-dark']
] as const) {
  test(`${theme}: pictures for the documentation`, async ({ page }) => {
    await page.theme.setTheme(theme);
    await search(page);
    await keep(page, `search${dark}`);

    const panel = await openPanel(page);
    await panel.getByRole('tab', { name: 'ADQL' }).click();
    await chooseExample(page);
    const viewer = await runQuery(page, PLEIADES);
    await expect(footer(viewer)).toContainText('rows');
    await writeQuery(page, 'SELECT TOP 10 ra, dec, phot_g_mean FROM gaia.source -- brightest');
    await expect(panel.locator('.lsp-Editor-error')).toHaveText('phot_g_mean');
    await viewer.getByRole('tab', { name: 'Statistics' }).click();
    await expect(viewer.locator('.lsp-Drawer')).toContainText('bp_rp');
    await keep(page, `editor${dark}`);

    await viewer.getByRole('tab', { name: 'Statistics' }).click();
    await viewer.getByRole('button', { name: 'Chart', exact: true }).click();
    const chart = page.locator('.lsp-ChartTab').last();
    await expect(chart.locator('.lsp-Chart')).toHaveAttribute('data-drawn', /./);
    await execute(page, 'application:toggle-left-area');
    await chart.getByRole('button', { name: 'Edit' }).click();
    await chart.getByLabel('X', { exact: true }).fill('bp_rp');
    await chart.getByLabel('X', { exact: true }).press('Enter');
    await chart.getByLabel('Y', { exact: true }).fill('phot_g_mean_mag');
    await chart.getByLabel('Y', { exact: true }).press('Enter');
    await expect(chart.locator('.lsp-Chart-plot .ytitle')).toContainText('phot_g_mean_mag');
    await keep(page, `chart${dark}`);
    await execute(page, 'application:toggle-left-area');
  });
}
