import {
  column,
  expect,
  footer,
  numbers,
  onScreen,
  rowPlace,
  rowsThere,
  runQuery,
  test
} from './steps';

const STARS =
  'SELECT TOP 200 source_id, ra, dec, phot_g_mean_mag FROM gaia.source ORDER BY phot_g_mean_mag';

test('the table is sorted and filtered by the server', async ({ page }) => {
  const viewer = await runQuery(
    page,
    'SELECT source_id, ra, dec, phot_g_mean_mag FROM gaia.source'
  );
  await expect(footer(viewer)).toContainText('of 482,176 rows');

  await viewer.getByRole('button', { name: 'Sort by phot_g_mean_mag' }).click();
  await expect(viewer.getByRole('columnheader', { name: /phot_g_mean_mag/ })).toHaveAttribute(
    'aria-sort',
    'ascending'
  );
  let faintest = 0;
  await expect(async () => {
    const ascending = await numbers(viewer, 'phot_g_mean_mag');
    expect(ascending).toEqual([...ascending].sort((a, b) => a - b));
    faintest = ascending[ascending.length - 1];
  }).toPass();
  await viewer.getByRole('button', { name: /^Sort by phot_g_mean_mag/ }).click();
  await expect(viewer.getByRole('columnheader', { name: /phot_g_mean_mag/ })).toHaveAttribute(
    'aria-sort',
    'descending'
  );
  await expect
    .poll(async () => (await numbers(viewer, 'phot_g_mean_mag'))[0])
    .toBeGreaterThan(faintest);

  const filter = viewer.getByLabel('Filter phot_g_mean_mag', { exact: true });
  await filter.fill('< 2');
  await filter.press('Enter');
  await expect(footer(viewer)).toContainText('(482,176 in all)');
  await expect(footer(viewer)).toContainText('filtered by phot_g_mean_mag');
  await expect
    .poll(async () => Math.max(...(await numbers(viewer, 'phot_g_mean_mag'))))
    .toBeLessThan(2);

  const dec = viewer.getByLabel('Filter dec', { exact: true });
  await dec.fill('-10..10');
  await dec.press('Enter');
  await expect(footer(viewer)).toContainText('filtered by dec, phot_g_mean_mag');
  await expect
    .poll(async () => Math.max(...(await numbers(viewer, 'dec')).map(Math.abs)))
    .toBeLessThanOrEqual(10);

  await dec.fill('ten');
  await dec.press('Enter');
  await expect(footer(viewer)).toContainText('“ten” is not a number.');
  await expect(dec).toHaveAttribute('aria-invalid', 'true');

  await viewer.getByRole('button', { name: 'Clear all filters' }).click();
  await viewer.getByRole('button', { name: 'Back to the order of the result' }).click();
  await expect(footer(viewer)).toHaveText(/^1–\d+ of 482,176 rows$/);
});

test('the menu of a column sorts by it after another', async ({ page }) => {
  const viewer = await runQuery(page, STARS);
  await viewer.getByRole('button', { name: 'Menu of dec' }).click();
  await page.getByRole('menuitem', { name: 'Sort descending', exact: true }).click();
  await viewer.getByRole('button', { name: 'Menu of ra' }).click();
  await page.getByRole('menuitem', { name: 'Then sort ascending' }).click();
  await expect(footer(viewer)).toContainText('sorted by dec ▼, ra ▲');
  await expect(viewer.getByRole('columnheader', { name: /^dec/ })).toHaveAttribute(
    'aria-sort',
    'descending'
  );
  await expect(async () => {
    const decs = await numbers(viewer, 'dec');
    expect(decs).toEqual([...decs].sort((a, b) => b - a));
  }).toPass();
});

test('a shift-click on a second title adds a key, and code and links have both', async ({
  page
}) => {
  const viewer = await runQuery(
    page,
    'SELECT TOP 500 source_id, ROUND(dec) AS belt, ra FROM gaia.source'
  );
  await viewer.getByRole('button', { name: /^Sort by belt/ }).click();
  await viewer.getByRole('button', { name: /^Sort by ra/ }).click({ modifiers: ['Shift'] });
  await viewer.getByRole('button', { name: /^Sort by ra/ }).click({ modifiers: ['Shift'] });
  await expect(viewer.locator('.lsp-Head-mark')).toHaveText(['', '1▲', '2▼']);
  await expect(
    viewer.getByRole('button', { name: 'Sort by ra, sorted descending, key 2 of 2' })
  ).toBeVisible();
  await expect(footer(viewer)).toContainText('sorted by belt ▲, ra ▼');
  await expect(async () => {
    const [belts, ras] = [await numbers(viewer, 'belt'), await numbers(viewer, 'ra')];
    belts.slice(1).forEach((belt, i) => {
      expect(belt > belts[i] || (belt === belts[i] && ras[i + 1] <= ras[i])).toBe(true);
    });
  }).toPass();
  await viewer.getByRole('tab', { name: 'Save', exact: true }).click();
  await expect(viewer.getByLabel('The query that gives this table')).toContainText(
    /ORDER BY belt( ASC)?, ra DESC/
  );
  const state = await viewer.evaluate(node => {
    const widget = [...window.jupyterapp.shell.widgets('main')].find(one => one.id === node.id);
    return (widget as unknown as { content: { state: object } }).content.state;
  });
  expect(state).toMatchObject({
    view: {
      sort: [
        ['belt', 'asc'],
        ['ra', 'desc']
      ]
    }
  });
  // A plain click sorts by this one alone.
  await viewer.getByRole('button', { name: /^Sort by belt/ }).click();
  await expect(viewer.locator('.lsp-Head-mark')).toHaveText(['', '▼', '']);
});

test('rows are selected by click, shift, ctrl and drag, and stay selected when sorted', async ({
  page
}) => {
  const viewer = await runQuery(page, STARS);
  const selected = onScreen(viewer).locator('tr[aria-selected=true]');
  const click = async (row: number, modifier?: 'Shift' | 'Control'): Promise<void> => {
    const { x, y } = await rowPlace(viewer, row);
    if (modifier) {
      await page.keyboard.down(modifier);
    }
    await page.mouse.click(x, y);
    if (modifier) {
      await page.keyboard.up(modifier);
    }
  };
  await click(2);
  await expect(footer(viewer)).toContainText('1 selected');
  await click(5, 'Shift');
  await expect(footer(viewer)).toContainText('4 selected');
  await click(8, 'Control');
  await expect(footer(viewer)).toContainText('5 selected');
  await click(3, 'Control');
  await expect(footer(viewer)).toContainText('4 selected');
  await expect(selected).toHaveCount(4);
  const ids = await column(viewer, 'source_id');
  const chosen = [2, 4, 5, 8].map(row => ids[row]).sort();

  await viewer.getByLabel('Filter source_id', { exact: true }).fill(chosen.join(', '));
  await viewer.getByLabel('Filter source_id', { exact: true }).press('Enter');
  await expect(footer(viewer)).toContainText('1–4 of 4 rows');
  await expect(selected).toHaveCount(4);
  await expect.poll(async () => (await column(viewer, 'source_id')).sort()).toEqual(chosen);
  await viewer.getByRole('button', { name: 'Clear all filters' }).click();
  await expect(footer(viewer)).toContainText('of 200 rows');

  const from = await rowPlace(viewer, 10);
  const to = await rowPlace(viewer, 14);
  await page.mouse.move(from.x, from.y);
  await page.mouse.down();
  await page.mouse.move(to.x, to.y, { steps: 4 });
  await page.mouse.up();
  await expect(footer(viewer)).toContainText('5 selected');
  await page.keyboard.press('ControlOrMeta+a');
  await expect(footer(viewer)).toContainText('200 selected');
  await page.keyboard.press('Escape');
  await expect(footer(viewer)).not.toContainText('selected');
});

test('columns are made wider by their edge, and fitted by a double click', async ({ page }) => {
  const viewer = await runQuery(page, STARS);
  const cell = viewer.locator('.lsp-Head-cell[data-column="dec"]');
  const edge = cell.locator('.lsp-Head-resize');
  const width = async (): Promise<number> => (await cell.boundingBox())!.width;
  const before = await width();
  const box = (await edge.boundingBox())!;
  await page.mouse.move(box.x + 4, box.y + 10);
  await page.mouse.down();
  await page.mouse.move(box.x + 84, box.y + 10, { steps: 4 });
  await page.mouse.up();
  await expect.poll(width).toBe(before + 80);
  await edge.dblclick();
  await expect.poll(width).toBe(before);
});

test('half a million rows are scrolled to the end at once', async ({ page }) => {
  const viewer = await runQuery(page, 'SELECT source_id, ra, dec FROM gaia.source');
  await viewer.getByRole('application', { name: /Table of rows/ }).focus();
  await page.keyboard.press('ControlOrMeta+End');
  await expect(footer(viewer)).toContainText(/–482,176 of 482,176 rows/);
  await rowsThere(viewer);
  await page.keyboard.press('ControlOrMeta+Home');
  await expect(footer(viewer)).toContainText(/^1–/);
});

test('selected rows are copied with every digit', { tag: ['@PRTL-REQ-0052'] }, async ({ page }) => {
  const viewer = await runQuery(
    page,
    'SELECT TOP 5 source_id, ra FROM gaia.source ORDER BY source_id'
  );
  // The server takes its time with the selection: what is shown as selected is copied all the same.
  let pressed = (): void => undefined;
  const press = new Promise<void>(resolve => (pressed = resolve));
  await page.route('**/selection', async route => {
    await press;
    await route.continue();
  });
  const { x, y } = await rowPlace(viewer, 1);
  await page.mouse.click(x, y);
  await expect(footer(viewer)).toContainText('1 selected');
  await page.keyboard.press('ControlOrMeta+c');
  pressed();
  await expect(footer(viewer)).toContainText('Copied 1 row.');
  const text = await page.evaluate(() => navigator.clipboard.readText());
  const [head, line] = text.split('\n');
  expect(head).toBe('source_id\tra');
  expect(line.split('\t')[0]).toBe((await column(viewer, 'source_id'))[1]);
});
