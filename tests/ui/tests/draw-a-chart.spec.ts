import type { Locator } from '@playwright/test';

import {
  expect,
  footer,
  openNotebook,
  rowPlace,
  rowsThere,
  runCode,
  runQuery,
  test
} from './steps';
import type { Page } from './steps';

const SKY = 'SELECT source_id, ra, dec, phot_g_mean_mag, bp_rp FROM gaia.source';
const BRIGHT =
  'SELECT source_id, bp_rp, phot_g_mean_mag FROM gaia.source WHERE phot_g_mean_mag < 5 ORDER BY source_id';

/** Open the chart of a result by the button over its table. */
async function openChart(page: Page, viewer: Locator): Promise<Locator> {
  await viewer.getByRole('button', { name: 'Chart', exact: true }).click();
  const chart = page.locator('.lsp-ChartTab').last();
  await drawn(chart);
  return chart;
}

async function drawn(chart: Locator): Promise<void> {
  await expect(chart.locator('.lsp-Chart')).toHaveAttribute('data-drawn', /./);
}

/** The line under the chart. */
function foot(chart: Locator): Locator {
  return chart.locator('.lsp-Chart-foot');
}

/** Where values are on the page. */
async function placeOf(chart: Locator, x: number, y: number): Promise<{ x: number; y: number }> {
  return chart.locator('.lsp-Chart-plot').evaluate(
    (plot, [vx, vy]) => {
      const { xaxis, yaxis } = (
        plot as unknown as {
          _fullLayout: Record<'xaxis' | 'yaxis', { _offset: number; d2p(v: number): number }>;
        }
      )._fullLayout;
      const box = plot.getBoundingClientRect();
      return {
        x: box.left + xaxis._offset + xaxis.d2p(vx),
        y: box.top + yaxis._offset + yaxis.d2p(vy)
      };
    },
    [x, y] as const
  );
}

async function drag(
  page: Page,
  places: ReadonlyArray<{ readonly x: number; readonly y: number }>
): Promise<void> {
  await page.mouse.move(places[0].x, places[0].y);
  await page.mouse.down();
  for (const { x, y } of places.slice(1)) {
    await page.mouse.move(x, y, { steps: 4 });
  }
  await page.mouse.up();
}

/** A field of the form, filled and left. */
async function fill(chart: Locator, label: string, text: string): Promise<void> {
  const field = chart.getByLabel(label, { exact: true });
  await field.fill(text);
  await field.press('Enter');
}

/** The names in the legend and on the axes, as they are seen. */
async function texts(chart: Locator, where: string): Promise<string[]> {
  return chart.locator(`.lsp-Chart-plot ${where}`).allTextContents();
}

test(
  'half a million rows are counted in cells, and become points where they are few',
  { tag: ['@PRTL-REQ-0055', '@PRTL-REQ-0061'] },
  async ({ page }) => {
    const viewer = await runQuery(page, SKY);
    const chart = await openChart(page, viewer);
    await expect(foot(chart)).toContainText('482,176 rows, counted in cells; zoom in for points');
    expect(await texts(chart, '.xtitle, .ytitle')).toEqual(['ra [deg]', 'dec [deg]']);
    // Right ascension grows to the left.
    const east = await placeOf(chart, 300, 0);
    const west = await placeOf(chart, 60, 0);
    expect(east.x).toBeLessThan(west.x);

    const middle = await placeOf(chart, 180, 0);
    await page.mouse.move(middle.x, middle.y);
    await expect(chart.locator('.lsp-Chart-place')).toContainText(/x 18\d.*y .*rows?$/);
    await chart.getByRole('button', { name: /^Drag a box to select/ }).click();
    await drag(page, [await placeOf(chart, 200, -30), await placeOf(chart, 100, 30)]);
    await expect(foot(chart)).toContainText(/rows, .* · [\d,]{5,} selected$/);
    await expect(chart.locator('.lsp-Chart-plot .imagelayer image')).toHaveCount(2);
    await page.mouse.wheel(0, -200);
    await expect(foot(chart)).not.toContainText('482,176');
    await chart.getByRole('button', { name: 'Drag a box to zoom into' }).click();
    await drag(page, [await placeOf(chart, 195, -10), await placeOf(chart, 165, 10)]);
    await expect(foot(chart)).toContainText(/rows as points/);
    await page.mouse.dblclick(middle.x, middle.y);
    await expect(foot(chart)).toContainText('482,176 rows, counted in cells');
  }
);

test(
  'table and chart show one selection and look at one row',
  { tag: ['@PRTL-REQ-0107'] },
  async ({ page }) => {
    const viewer = await runQuery(page, BRIGHT);
    const chart = await openChart(page, viewer);
    // Bright stars are on top.
    const top = await placeOf(chart, 1, 2);
    const bottom = await placeOf(chart, 1, 4.9);
    expect(top.y).toBeLessThan(bottom.y);

    await chart.getByRole('button', { name: /^Drag a box to select/ }).click();
    await drag(page, [await placeOf(chart, -0.2, 4), await placeOf(chart, 0.2, 4.5)]);
    await expect(foot(chart)).toContainText(/ selected$/);
    const selected = /([\d,]+) selected/.exec((await foot(chart).textContent())!)![1];
    await expect(footer(viewer)).toContainText(`${selected} selected`);
    await chart.getByRole('button', { name: /^Draw around/ }).click();
    await page.keyboard.down('Shift');
    await drag(page, [
      await placeOf(chart, 1, 4),
      await placeOf(chart, 1.4, 4),
      await placeOf(chart, 1.4, 4.5),
      await placeOf(chart, 1, 4.5)
    ]);
    await page.keyboard.up('Shift');
    await expect(foot(chart)).not.toContainText(` ${selected} selected`);
    const more = /([\d,]+) selected/.exec((await foot(chart).textContent())!)![1];
    expect(Number(more.replace(',', ''))).toBeGreaterThan(Number(selected.replace(',', '')));
    await expect(footer(viewer)).toContainText(`${more} selected`);

    // The row at the table's cursor is ringed, and a point that is clicked becomes that row.
    const first = await rowPlace(viewer, 0);
    await page.mouse.click(first.x, first.y);
    await expect(chart.locator('.lsp-Chart')).toHaveAttribute('data-highlight', '0');
    await chart.locator('.lsp-Chart-plot').focus();
    await page.keyboard.press('Escape');
    await expect(footer(viewer)).not.toContainText('selected');
  }
);

test('a chart follows its table, and comes back after a reload and by a link', async ({ page }) => {
  const viewer = await runQuery(page, BRIGHT);
  const chart = await openChart(page, viewer);
  await expect(foot(chart)).toContainText('2,168 rows as points');
  const filter = viewer.getByLabel('Filter phot_g_mean_mag', { exact: true });
  await filter.fill('< 3');
  await filter.press('Enter');
  await expect(foot(chart)).not.toContainText('2,168');
  const few = (await foot(chart).textContent())!;
  expect(few).toMatch(/^\d+ rows as points$/);

  await chart.getByRole('button', { name: 'Edit' }).click();
  await chart.getByLabel('Kind').selectOption('histogram');
  const kept = page.waitForResponse(
    reply =>
      reply.url().includes('/api/workspaces') &&
      /"histogram","x":"phot_g_mean_mag"/.test(reply.request().postData() ?? '')
  );
  await fill(chart, 'X', 'phot_g_mean_mag');
  // The histogram of the column before has rows without a value.
  await expect(foot(chart)).toHaveText(/^\d+ rows in bins$/);
  const bins = (await foot(chart).textContent())!;
  await kept;
  await page.reload();
  const again = page.locator('.lsp-ChartTab');
  await drawn(again);
  await expect(again.locator('.lsp-Chart-plot .xtitle')).toHaveText('phot_g_mean_mag [mag]');
  await expect(foot(again)).toHaveText(bins);

  await page.evaluate(() => window.jupyterapp.commands.execute('lsp:share-link').then(() => null));
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await page.goto(`${link}&reset`);
  const linked = page.locator('.lsp-ChartTab');
  await drawn(linked);
  await expect(foot(linked)).toHaveText(bins);
  await expect(page.locator('.lsp-Viewer .lsp-Table')).toHaveCount(1);
  expect(page.url()).not.toContain('lsp=');
});

test(
  'a light curve is folded, and text of data is only text',
  {
    tag: [
      '@PRTL-REQ-0056',
      '@PRTL-REQ-0057',
      '@PRTL-REQ-0058',
      '@PRTL-REQ-0059',
      '@PRTL-REQ-0060',
      '@PRTL-REQ-0105'
    ]
  },
  async ({ page }) => {
    const lines = ['mjd,mag,magErr,band,"<b>x</b>"'];
    for (let i = 0; i < 120; i += 1) {
      const time = 60000 + i * 1.37;
      const mag = 17 + Math.sin((2 * Math.PI * time) / 0.567);
      const band = i % 40 === 0 ? '<img src=x onerror=alert(1)>' : 'gri'[i % 3];
      lines.push(`${time.toFixed(5)},${mag.toFixed(4)},0.02,${band},${i}`);
    }
    await page.contents.uploadContent(lines.join('\n'), 'text', 'curve.csv');
    await page.filebrowser.openHomeDirectory();
    await page.filebrowser.refresh();
    await page.locator('.jp-DirListing-item', { hasText: 'curve.csv' }).dblclick();
    const viewer = page.locator('.lsp-Viewer:not(.lm-mod-hidden)');
    await rowsThere(viewer);
    const chart = await openChart(page, viewer);
    await expect(foot(chart)).toContainText('120 rows as points');
    expect(await texts(chart, '.legendtext')).toEqual([
      'g',
      'r',
      'i',
      '<img src=x onerror=alert(1)>'
    ]);
    await chart.getByRole('button', { name: 'Edit' }).click();
    await fill(chart, 'Period, days', '0.567');
    await expect(chart.locator('.lsp-Chart-plot .xtitle')).toHaveText('Phase');

    await chart.getByLabel('Kind').selectOption('scatter');
    await chart.getByLabel('Y', { exact: true }).fill('mag - nothing');
    await expect(chart.getByText('There is no column nothing.')).toBeVisible();
    await fill(chart, 'Y', 'mag - 1');
    await expect(chart.locator('.lsp-Chart-plot .ytitle')).toHaveText('mag - 1');
    await fill(chart, 'Y', '<b>x</b>');
    await fill(chart, 'Colour by', 'magErr');
    await fill(chart, 'Title', '<i>$a$</i>');
    // Errors may differ up and down, and values may be limits.
    await chart
      .locator('details', { hasText: 'errors and limits' })
      .evaluate((node: HTMLDetailsElement) => {
        node.open = true;
      });
    await fill(chart, 'Error of y, down', 'magErr');
    await fill(chart, 'Error of y, up', '2 * magErr');
    const drawnData = (): Promise<{ up?: number; down?: number; symbol: string }> =>
      chart.locator('.lsp-Chart-plot').evaluate(plot => {
        const [{ error_y: error, marker }] = (
          plot as unknown as {
            _fullData: {
              error_y: { array?: number[]; arrayminus?: number[] };
              marker: { symbol: string | string[] };
            }[];
          }
        )._fullData;
        const symbol = String([marker.symbol].flat()[0]);
        return { up: error.array?.[0], down: error.arrayminus?.[0], symbol };
      });
    await expect.poll(drawnData).toMatchObject({ up: 0.04, down: 0.02, symbol: 'circle' });
    await fill(chart, 'Upper limit where', 'magErr');
    await expect.poll(async () => (await drawnData()).symbol).not.toBe('circle');
    await expect(chart.locator('.lsp-Chart-plot .gtitle')).toHaveText('<i>$a$</i>');
    await expect(chart.locator('.lsp-Chart-plot .ytitle')).toHaveText('<b>x</b>');
    await expect(chart.locator('.lsp-Chart-plot .colorbar')).toHaveCount(1);

    await chart.getByLabel('Kind').selectOption('histogram');
    await expect(foot(chart)).toContainText('120 rows in bins');
    await chart.getByRole('button', { name: 'Copy as code' }).click();
    const code = await page.evaluate(() => navigator.clipboard.readText());
    expect(code).toContain('ax.hist(group["x_"].dropna(), bins=60');

    const saved = page.waitForEvent('download');
    await chart.getByRole('button', { name: 'Picture' }).click();
    await page.getByRole('menuitem', { name: 'Save the Chart as SVG' }).click();
    expect((await saved).suggestedFilename()).toMatch(/\.svg$/);
    await page.contents.deleteFile('curve.csv');
  }
);

test('the copied code of a chart draws the same rows in a notebook', async ({ page }) => {
  const viewer = await runQuery(page, BRIGHT);
  const filter = viewer.getByLabel('Filter phot_g_mean_mag', { exact: true });
  await filter.fill('< 3');
  await filter.press('Enter');
  await expect(footer(viewer)).toContainText('filtered by phot_g_mean_mag');
  await viewer.getByRole('tab', { name: 'Subsets' }).click();
  const panel = viewer.locator('.lsp-Drawer');
  await panel.getByLabel('Name', { exact: true }).fill('very bright');
  await panel.getByRole('button', { name: 'Rows of this view' }).click();
  await expect(panel.getByRole('listitem')).toHaveCount(1);
  await filter.fill('< 4');
  await filter.press('Enter');
  await panel.getByLabel(/^Names with AND/).fill('NOT "very bright"');
  await panel.getByRole('button', { name: 'Show only these' }).click();
  await expect(footer(viewer)).toContainText('subset NOT "very bright"');

  const chart = await openChart(page, viewer);
  await expect(foot(chart)).toContainText(/\d+ (points|rows)/);
  const told = (await foot(chart).textContent())!;
  await chart.getByRole('button', { name: 'Copy as code' }).click();
  const code = await page.evaluate(() => navigator.clipboard.readText());
  await openNotebook(page);
  const out = await runCode(page, `%matplotlib inline\n${code}\nprint("drawn", len(t0))`);
  await expect(out).toContainText(/drawn \d+/);
  await expect(out.locator('img')).toHaveCount(1);
  const count = /drawn (\d+)/.exec((await out.textContent())!)![1];
  expect(told.replace(/,/g, '')).toContain(`${count} `);
  expect(Number(count)).toBeGreaterThan(50);
});
