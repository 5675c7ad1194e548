import { expect, rowsThere, test } from './steps';
import type { Page } from './steps';
import type { Locator } from '@playwright/test';

const SIDE = 300;
/** A star in the middle of one pixel. */
const STAR = [200, 80] as const;

/** A FITS image with one star, north up; the first pixel is at the lower left. */
function fits(): string {
  const cards: readonly (readonly [string, string])[] = [
    ['SIMPLE', 'T'],
    ['BITPIX', '16'],
    ['NAXIS', '2'],
    ['NAXIS1', String(SIDE)],
    ['NAXIS2', String(SIDE)],
    ['CTYPE1', "'RA---TAN'"],
    ['CTYPE2', "'DEC--TAN'"],
    ['CRVAL1', '150.0'],
    ['CRVAL2', '2.0'],
    ['CRPIX1', '201.0'],
    ['CRPIX2', '81.0'],
    ['CD1_1', '-1.0E-4'],
    ['CD1_2', '0.0'],
    ['CD2_1', '0.0'],
    ['CD2_2', '1.0E-4'],
    ['BUNIT', "'adu'"],
    ['OBJECT', "'<b>star</b>'"]
  ];
  const lines = cards.map(([key, value]) => `${key.padEnd(8)}= ${value}`.padEnd(80));
  const head = [...lines, 'END'.padEnd(80)].join('');
  const data = Buffer.alloc(Math.ceil((SIDE * SIDE * 2) / 2880) * 2880);
  for (let y = 0; y < SIDE; y += 1) {
    for (let x = 0; x < SIDE; x += 1) {
      const near = Math.hypot(x - STAR[0], y - STAR[1]) < 2.5;
      data.writeInt16BE(near ? 5000 : (x + y) % 7, 2 * (y * SIDE + x));
    }
  }
  const bytes = Buffer.concat([
    Buffer.from(head.padEnd(Math.ceil(head.length / 2880) * 2880)),
    data
  ]);
  return bytes.toString('base64');
}

async function openImage(page: Page, path: string): Promise<Locator> {
  await page.evaluate(
    async image => window.jupyterapp.commands.execute('lsp:open-image', { image }).then(() => null),
    { path }
  );
  const tab = page.locator('.lsp-ImageView:visible');
  await expect(tab.locator('.lsp-Image')).toHaveAttribute('aria-busy', 'false');
  return tab;
}

/** Colour of the canvas at a place of it, CSS pixels. */
async function colourAt(tab: Locator, x: number, y: number): Promise<number> {
  return tab.locator('canvas').evaluate(
    (canvas: HTMLCanvasElement, at) => {
      const ratio = canvas.width / canvas.clientWidth;
      return canvas.getContext('2d')!.getImageData(at[0] * ratio, at[1] * ratio, 1, 1).data[0];
    },
    [x, y]
  );
}

/** Where a pixel of the image is on the canvas when all of it is shown. */
async function placeOf(tab: Locator, x: number, y: number): Promise<[number, number]> {
  const box = (await tab.locator('canvas').boundingBox())!;
  const scale = Math.min(box.width, box.height) / SIDE;
  const middle = (SIDE - 1) / 2;
  return [box.width / 2 + (x - middle) * scale, box.height / 2 - (y - middle) * scale];
}

test(
  'an image of a file is looked at, read out, turned and stretched',
  { tag: ['@PRTL-REQ-0068', '@PRTL-REQ-0069', '@PRTL-REQ-0071', '@PRTL-REQ-0084'] },
  async ({ page }) => {
    await page.contents.uploadContent(fits(), 'base64', 'star.fits');
    const tab = await openImage(page, 'star.fits');
    const foot = tab.locator('.lsp-Image-foot');
    await expect(foot).toContainText('300 × 300');
    await tab.getByLabel('Limits').selectOption('All values');
    await expect
      .poll(async () => colourAt(tab, ...(await placeOf(tab, 100, 105))))
      .toBeLessThan(30);
    // The star is where it belongs, within a pixel of the screen, and nowhere else.
    const [x, y] = await placeOf(tab, ...STAR);
    await expect.poll(() => colourAt(tab, x, y)).toBeGreaterThan(250);
    expect(await colourAt(tab, x + 30, y)).toBeLessThan(30);

    const box = (await tab.locator('canvas').boundingBox())!;
    await page.mouse.move(box.x + x, box.y + y);
    await expect(foot).toContainText('5000 adu');
    await expect(foot.locator('.lsp-Image-pixel')).toHaveText(/^(199|200)\.\d, (79|80)\.\d$/);
    await expect(foot.locator('.lsp-Image-sky')).toHaveText(/^(10:00:00|09:59:59)\.\d+ \+0[12]:/);
    await foot.getByLabel('Coordinates').selectOption('ICRS, degrees');
    await expect(foot.locator('.lsp-Image-sky')).toHaveText(/^(150\.0000|149\.9999)\d+ \+/);

    // It stays under the cursor while the wheel zooms.
    await page.mouse.wheel(0, -500);
    await expect(foot).not.toContainText(/ [12]\d\d %/);
    await expect(foot).toContainText('5000 adu');
    await page.keyboard.press('0');

    await tab.getByLabel('Limits').selectOption('From … to …');
    await tab.getByLabel('Value of the darkest').fill('0');
    await tab.getByLabel('Value of the brightest').fill('12');
    await tab.getByLabel('Value of the brightest').press('Enter');
    await tab.getByLabel('Stretch').selectOption('Linear');
    // (103 + 103) % 7 = 3: a quarter of white. (100 + 103) % 7 = 0.
    const at = async (x: number, y: number): Promise<number> =>
      colourAt(tab, ...(await placeOf(tab, x, y)));
    await expect.poll(async () => Math.abs((await at(103, 103)) - 64)).toBeLessThan(10);
    expect(await at(100, 103)).toBeLessThan(4);
    await tab.getByLabel('Inverted').check();
    await expect.poll(() => at(100, 103)).toBeGreaterThan(250);

    const tools = page.locator('.lsp-Viewer:visible .jp-Toolbar');
    await tools.getByRole('button', { name: 'Header' }).click();
    const sheet = tab.getByRole('region', { name: 'Header' });
    await sheet.getByLabel('Search the header').fill('object');
    await expect(sheet.locator('dd')).toHaveText('<b>star</b>');
    await tools.getByRole('button', { name: 'Copy as code' }).click();
    const code = await page.evaluate(() => navigator.clipboard.readText());
    expect(code).toContain('fits.getdata("star.fits")');
    expect(code).toContain('vmin=0, vmax=12, stretch=vis.LinearStretch()');
    await page.screenshot({ path: 'test-results/image.png' });
    await page.contents.deleteFile('star.fits');
  }
);

test(
  'rows of a table are drawn over an image, and one is found by a click',
  { tag: ['@PRTL-REQ-0098', '@PRTL-REQ-0100', '@PRTL-REQ-0101'] },
  async ({ page }) => {
    // The star, and three places around it; the last one is far outside.
    const lines = ['name,ra,dec', 'far,10,10', 'star,150,2', 'north,150,2.005', 'west,149.994,2'];
    await page.contents.uploadContent(lines.join('\n'), 'text', 'places.csv');
    await page.contents.uploadContent(fits(), 'base64', 'star.fits');
    await page.filebrowser.openHomeDirectory();
    await page.filebrowser.refresh();
    await page.locator('.jp-DirListing-item', { hasText: 'places.csv' }).dblclick();
    const viewer = page.locator('.lsp-Viewer:not(.lm-mod-hidden)');
    await rowsThere(viewer);

    const tab = await openImage(page, 'star.fits');
    const tools = page.locator('.lsp-Viewer:visible .jp-Toolbar');
    await tools.getByRole('button', { name: 'Catalogue' }).click();
    await page.getByRole('menuitem').last().click();
    await expect(tab.locator('.lsp-Image-foot')).toContainText('3 rows');
    // A symbol is around its star, within a pixel of the screen.
    const [x, y] = await placeOf(tab, ...STAR);
    const blue = (dx: number, dy: number): Promise<number> =>
      tab.locator('canvas').evaluate(
        (canvas: HTMLCanvasElement, at) => {
          const ratio = canvas.width / canvas.clientWidth;
          const [red, , found] = canvas
            .getContext('2d')!
            .getImageData(Math.round(at[0] * ratio), Math.round(at[1] * ratio), 1, 1).data;
          return found - red;
        },
        [x + dx, y + dy]
      );
    for (const [dx, dy] of [
      [7, 0],
      [-7, 0],
      [0, 7],
      [0, -7]
    ] as const) {
      await expect.poll(() => blue(dx, dy)).toBeGreaterThan(60);
    }
    // A region file is drawn where it says: a circle of 60 pixels around the star.
    const choosing = page.waitForEvent('filechooser');
    await tools.getByRole('button', { name: 'Regions' }).click();
    await (
      await choosing
    ).setFiles({
      name: 'star.reg',
      mimeType: 'text/plain',
      buffer: Buffer.from('icrs\ncircle(150,2,21.6") # color=red\nimage;blob(1,2)\n')
    });
    await expect(page.locator('.Toastify__toast', { hasText: 'no figure “blob”' })).toBeVisible();
    const [edge] = await placeOf(tab, STAR[0] + 60, STAR[1]);
    await expect.poll(() => blue(edge - x, 0)).toBeLessThan(-60);
    await tools.getByRole('button', { name: 'Regions' }).click();
    await expect.poll(() => blue(edge - x, 0)).toBeGreaterThan(-20);
    const [nx, ny] = await placeOf(tab, STAR[0], STAR[1] + 50);
    const box = (await tab.locator('canvas').boundingBox())!;
    await page.mouse.click(box.x + nx, box.y + ny);
    // The table looks at the same row.
    await page.locator('.lm-TabBar-tab', { hasText: 'places.csv' }).click();
    await viewer.getByRole('tab', { name: 'Row' }).click();
    await expect(viewer.locator('.lsp-Drawer')).toContainText('Row 3');
    await expect(viewer.locator('[data-column="name"] dd')).toContainText('north');
    await page.contents.deleteFile('star.fits');
    await page.contents.deleteFile('places.csv');
  }
);

test('the layers of a cube are looked through', async ({ page }) => {
  const words = ['SIMPLE  = T', 'BITPIX  = 8', 'NAXIS   = 3'];
  words.push('NAXIS1  = 40', 'NAXIS2  = 30', 'NAXIS3  = 4', 'END');
  const head = words.map(word => word.padEnd(80)).join('');
  const data = Buffer.alloc(2880 * 2);
  for (let layer = 0; layer < 4; layer += 1) {
    data.fill(10 * layer, layer * 1200, (layer + 1) * 1200);
  }
  const bytes = Buffer.concat([Buffer.from(head.padEnd(2880)), data]);
  await page.contents.uploadContent(bytes.toString('base64'), 'base64', 'cube.fits');
  const tab = await openImage(page, 'cube.fits');
  await expect(tab.getByText('layer 1 of 4')).toBeVisible();
  const foot = tab.locator('.lsp-Image-foot');
  await tab.locator('canvas').hover();
  await expect(foot.locator('.lsp-Image-value')).toHaveText('0');
  await tab.getByLabel('Layer').fill('3');
  await expect(tab.getByText('layer 4 of 4')).toBeVisible();
  await expect(tab.locator('.lsp-Image')).toHaveAttribute('aria-busy', 'false');
  await tab.locator('canvas').hover();
  await expect(foot.locator('.lsp-Image-value')).toHaveText('30');
  await page.contents.deleteFile('cube.fits');
});

test('a file without an image, and one that is gone, are told of', async ({ page }) => {
  await page.contents.uploadContent('no image at all', 'text', 'broken.fits');
  const tab = await openImage(page, 'broken.fits');
  await expect(tab.getByRole('alert')).toContainText('damaged, or is not FITS');
  await page.contents.deleteFile('broken.fits');
  const gone = await openImage(page, 'nowhere.fits');
  await expect(gone.getByRole('alert')).toContainText('no file “nowhere.fits”');
});
