import type { Locator } from '@playwright/test';

import { column, expect, footer, numbers, onScreen, runQuery, test } from './steps';

const STARS =
  'SELECT TOP 2000 source_id, ra, dec, phot_g_mean_mag, bp_rp FROM gaia.source ORDER BY source_id';

/** The titles of the columns, as they stand. */
async function titles(viewer: Locator): Promise<string[]> {
  return onScreen(viewer).evaluate(grid =>
    [...grid.querySelectorAll('th')].map(th => th.textContent.replace(/ \(.*\)$/, ''))
  );
}

/** Open one of the panels at the side. */
async function open(viewer: Locator, tab: string): Promise<Locator> {
  const one = viewer.getByRole('tab', { name: tab, exact: true });
  if ((await one.getAttribute('aria-selected')) !== 'true') {
    await one.click();
  }
  return viewer.getByRole('tabpanel', { name: tab, exact: true });
}

test('a drag over the distribution of a column filters by a range', async ({ page }) => {
  const viewer = await runQuery(page, STARS);
  const distribution = viewer.getByRole('img', { name: /^Distribution of dec from/ });
  await expect(distribution).toBeVisible();
  const box = (await distribution.boundingBox())!;
  await page.mouse.move(box.x + box.width * 0.25, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.5, box.y + 12, { steps: 4 });
  await page.mouse.up();
  await expect(footer(viewer)).toContainText('filtered by dec');
  const filter = viewer.getByLabel('Filter dec', { exact: true });
  const [low, high] = (await filter.inputValue()).split('..').map(Number);
  expect(high).toBeGreaterThan(low);
  await expect(async () => {
    const decs = await numbers(viewer, 'dec');
    expect(Math.min(...decs)).toBeGreaterThanOrEqual(low);
    expect(Math.max(...decs)).toBeLessThanOrEqual(high);
  }).toPass();
  await distribution.dblclick();
  await expect(footer(viewer)).toContainText('of 2,000 rows');
});

test('columns are searched, hidden, moved and kept in place', async ({ page }) => {
  const viewer = await runQuery(page, STARS);
  const panel = await open(viewer, 'Columns');
  await panel.getByRole('checkbox', { name: /^bp_rp/ }).uncheck();
  await expect.poll(() => titles(viewer)).not.toContain('bp_rp');
  await panel.getByRole('checkbox', { name: /^dec/ }).focus();
  await page.keyboard.press('Alt+ArrowUp');
  await page.keyboard.press('Alt+ArrowUp');
  await expect.poll(() => titles(viewer)).toEqual(['dec', 'source_id', 'ra', 'phot_g_mean_mag']);
  const decs = await column(viewer, 'dec');
  expect(decs.every(dec => Math.abs(Number(dec)) <= 90)).toBe(true);

  await panel.getByRole('searchbox').fill('phot_g_mean');
  await expect(panel.getByRole('checkbox')).toHaveCount(1);
  await panel.getByRole('spinbutton', { name: /stay in place/ }).fill('1');
  await page.keyboard.press('Tab');
  await expect(viewer.locator('.lsp-Head-held .lsp-Head-cell')).toHaveAttribute(
    'data-column',
    'dec'
  );
  await panel.getByRole('button', { name: /^Columns, order/ }).click();
  await expect
    .poll(() => titles(viewer))
    .toEqual(['source_id', 'ra', 'dec', 'phot_g_mean_mag', 'bp_rp']);
});

test('statistics of every column are told and copied', async ({ page }) => {
  const viewer = await runQuery(page, STARS);
  const panel = await open(viewer, 'Statistics');
  const card = panel.locator('[data-column="dec"]');
  await expect(card).toContainText('2,000');
  await expect(panel).toContainText('Of the rows in this view');
  await panel.getByRole('button', { name: 'Copy' }).click();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  const [head, ...lines] = text.split('\n').map(line => line.split('\t'));
  expect(lines.map(line => line[0])).toEqual([
    'source_id',
    'ra',
    'dec',
    'phot_g_mean_mag',
    'bp_rp'
  ]);
  expect(lines[2][head.indexOf('count')]).toBe('2000');

  const filter = viewer.getByLabel('Filter dec', { exact: true });
  await filter.fill('> 0');
  await filter.press('Enter');
  await expect(async () => {
    await expect(panel).toContainText('Of the rows in this view');
    const facts = await card.locator('.lsp-Facts').first().innerText();
    expect(Number(/Minimum\s+(\S+)/.exec(facts)![1])).toBeGreaterThan(0);
  }).toPass();
});
