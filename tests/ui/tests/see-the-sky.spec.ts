import { begin, execute, expect, jobItem, rowsThere, test, viewerOf } from './steps';
import type { Page } from './steps';
import type { Locator } from '@playwright/test';

/** Open the sky, all of it. */
async function openSky(page: Page): Promise<Locator> {
  await execute(page, 'lsp:open-sky');
  const tab = page.locator('.lsp-SkyView:visible');
  await expect(tab.getByLabel('Survey').locator('option')).not.toHaveCount(1);
  return tab;
}

/** Look at a place, and give where it is on the page. */
async function lookAt(tab: Locator, place: string): Promise<{ x: number; y: number }> {
  await tab.getByRole('searchbox').fill(place);
  await tab.getByRole('searchbox').press('Enter');
  await expect(tab.locator('.lsp-Sky-foot')).toContainText('field 6.00′');
  const box = (await tab.locator('canvas').boundingBox())!;
  return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
}

/** The brightest red of the canvas around a place of it, CSS pixels. */
async function brightest(tab: Locator, dx: number, dy: number, around: number): Promise<number> {
  return tab.locator('canvas').evaluate(
    (canvas: HTMLCanvasElement, [right, down, half]) => {
      const ratio = canvas.width / canvas.clientWidth;
      const { data } = canvas
        .getContext('2d')!
        .getImageData(
          canvas.width / 2 + (right - half) * ratio,
          canvas.height / 2 + (down - half) * ratio,
          2 * half * ratio,
          2 * half * ratio
        );
      return data.reduce((most, value, i) => (i % 4 === 0 ? Math.max(most, value) : most), 0);
    },
    [dx, dy, around] as const
  );
}

test(
  'the sky is moved, zoomed, searched and read out',
  { tag: ['@PRTL-REQ-0078', '@PRTL-REQ-0079', '@PRTL-REQ-0080', '@PRTL-REQ-0083'] },
  async ({ page }) => {
    const tab = await openSky(page);
    const foot = tab.locator('.lsp-Sky-foot');
    await expect(foot).toContainText('field 180.0°');
    await tab.getByLabel('Projection').selectOption('Tangent plane');
    await tab.getByRole('searchbox').fill('no such star');
    await tab.getByRole('searchbox').press('Enter');
    await expect(tab.getByRole('alert')).toContainText('Nothing is known of “no such star”');

    // Aldebaran is painted where it is.
    const { x, y } = await lookAt(tab, '68.98016 16.50930');
    await page.mouse.move(x, y);
    await expect(foot.locator('.lsp-Image-sky')).toHaveText(/^04:35:55\.\d+ \+16:30:3\d/);
    await tab.getByLabel('Coordinates').selectOption('Galactic');
    await page.mouse.move(x, y + 1);
    await expect(foot.locator('.lsp-Image-sky')).toHaveText(/^180\.9\d+ -20\.2\d+/);
    await tab.getByLabel('Coordinates').selectOption('ICRS');
    await tab.locator('canvas').focus();
    for (let i = 0; i < 20; i += 1) {
      await page.keyboard.press('-');
    }
    await expect(foot).not.toContainText('′');
    await expect.poll(() => brightest(tab, 0, 0, 12)).toBeGreaterThan(200);

    // It is taken along by the pointer.
    await page.mouse.move(x, y);
    await page.mouse.down();
    await page.mouse.move(x + 120, y + 80, { steps: 4 });
    await page.mouse.up();
    await expect.poll(() => brightest(tab, 120, 80, 12)).toBeGreaterThan(200);
    await tab.getByLabel('Survey').selectOption('No picture');
    await expect.poll(() => brightest(tab, 120, 80, 12)).toBeLessThan(60);
    await page.locator('.lsp-Viewer:visible').getByRole('button', { name: 'Copy link' }).click();
    const link = await page.evaluate(() => navigator.clipboard.readText());
    expect(link).toContain('lsp=');
  }
);

test(
  'rows of a table are counted by cells, and those of a cell are fetched',
  { tag: ['@PRTL-REQ-0081', '@PRTL-REQ-0082', '@PRTL-REQ-0043'] },
  async ({ page }) => {
    const tab = await openSky(page);
    const tools = page.locator('.lsp-Viewer:visible .jp-Toolbar');
    await tools.getByRole('button', { name: 'Layers' }).click();
    await page.locator('.lm-Menu-item', { hasText: 'Count the Rows of' }).hover();
    const id = await begin(page, () => page.getByRole('menuitem', { name: 'gaia.source' }).click());
    const foot = tab.locator('.lsp-Sky-foot');
    await expect(foot).toContainText('12,288 cells');
    const legend = tab.locator('.lsp-CellLegend');
    await expect(legend).toHaveAttribute('aria-label', /^Colours from \d+ to \d+$/);
    await legend.getByLabel('Colours').selectOption('cividis');
    await expect(legend.getByLabel('Order of the cells')).toHaveValue('5');

    const box = (await tab.locator('canvas').boundingBox())!;
    await page.mouse.click(box.x + box.width / 2 + 40, box.y + box.height / 2 - 60);
    await expect(foot).toContainText(/cell \d+ of order 5: n \d+/);
    const [, cell, count] = /cell (\d+) of order 5: n (\d+)/.exec(
      (await foot.textContent()) ?? ''
    )!;
    const query = await begin(page, () =>
      tools.getByRole('button', { name: 'Rows of the cell' }).click()
    );
    await expect(jobItem(page, query)).toHaveAttribute('data-phase', 'COMPLETED');
    const viewer = viewerOf(page, query);
    await rowsThere(viewer);
    await expect(viewer.locator('.lsp-Foot')).toContainText(`${count} rows`);

    // The map's own table looks at the same cell, and leads back to another.
    await execute(page, 'lsp:open-result', { id });
    const table = viewerOf(page, id);
    await rowsThere(table);
    await table.getByRole('tab', { name: 'Row' }).click();
    await expect(table.locator('[data-column="hpx"] dd')).toContainText(cell);
  }
);

test(
  'footprints of images are drawn, and found by a click',
  { tag: ['@PRTL-REQ-0043', '@PRTL-REQ-0044'] },
  async ({ page }) => {
    const square = 'POLYGON ICRS 67.98 16 69.98 16 69.98 17 67.98 17';
    const lines = [
      'image,s_region',
      `first,${square}`,
      'second,CIRCLE ICRS 68.98 16.5 0.02',
      'none,'
    ];
    await page.contents.uploadContent(lines.join('\n'), 'text', 'images.csv');
    await page.filebrowser.openHomeDirectory();
    await page.filebrowser.refresh();
    await page.locator('.jp-DirListing-item', { hasText: 'images.csv' }).dblclick();
    const viewer = page.locator('.lsp-Viewer:not(.lm-mod-hidden)');
    await rowsThere(viewer);
    await viewer.getByRole('button', { name: 'Sky', exact: true }).click();
    const tab = page.locator('.lsp-SkyView:visible');
    await expect(tab.locator('.lsp-Sky-foot')).toContainText('2 footprints');
    // The smaller one of the two that are there, and then the other.
    const { x, y } = await lookAt(tab, '68.98 16.5');
    await page.mouse.click(x + 5, y);
    await page.locator('.lm-TabBar-tab', { hasText: 'images.csv' }).click();
    await viewer.getByRole('tab', { name: 'Row' }).click();
    await expect(viewer.locator('[data-column="image"] dd')).toContainText('second');
    await page.locator('.lm-TabBar-tab', { hasText: 'Stars of Gaia' }).click();
    await page.mouse.move(x, y);
    await expect(tab.locator('.lsp-Image-sky')).toHaveText(/^04:35:55/);
    await page.mouse.click(x + 5, y);
    await page.locator('.lm-TabBar-tab', { hasText: 'images.csv' }).click();
    await expect(viewer.locator('[data-column="image"] dd')).toContainText('first');
    await page.contents.deleteFile('images.csv');
  }
);
