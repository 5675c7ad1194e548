import { readFileSync } from 'node:fs';

import type { Locator } from '@playwright/test';

import {
  begin,
  column,
  expect,
  footer,
  jobItem,
  numbers,
  onScreen,
  rowPlace,
  rowsThere,
  runQuery,
  selectRow,
  test,
  viewerOf
} from './steps';

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

test(
  'columns are searched, hidden, moved and kept in place',
  { tag: ['@PRTL-REQ-0050', '@PRTL-REQ-0051'] },
  async ({ page }) => {
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
    await panel.getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => titles(viewer)).toEqual(['source_id', 'ra', 'dec', 'phot_g_mean_mag']);
  }
);

test(
  'statistics of every column are told and copied',
  { tag: ['@PRTL-REQ-0094'] },
  async ({ page }) => {
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
  }
);

test(
  'a column is computed, filtered and sorted by, and a condition is checked as it is typed',
  { tag: ['@PRTL-REQ-0091', '@PRTL-REQ-0093'] },
  async ({ page }) => {
    const viewer = await runQuery(page, 'SELECT TOP 2000 ra, dec FROM gaia.source');
    const panel = await open(viewer, 'Formulas');
    await panel.getByLabel('Name', { exact: true }).fill('half');
    await panel.getByLabel(/^Value/).fill('decc / 2');
    await expect(panel).toContainText('decc');
    await expect(panel.getByRole('button', { name: 'Add column' })).toBeDisabled();
    await panel.getByLabel(/^Value/).fill('dec / 2');
    await expect(panel).toContainText('Gives double.');
    await panel.getByRole('button', { name: 'Add column' }).click();
    await expect(panel.getByRole('listitem')).toContainText('half');
    await expect.poll(() => titles(viewer)).toContain('half');
    await expect(async () => {
      const [whole, half] = [await numbers(viewer, 'dec'), await numbers(viewer, 'half')];
      whole.forEach((dec, i) => expect(half[i]).toBeCloseTo(dec / 2, 4));
    }).toPass();

    await panel.getByLabel('Keep rows where').fill('half > 10 AND ra < 50');
    await expect(panel).toContainText('A condition.');
    await panel.getByRole('button', { name: 'Add condition' }).click();
    await expect(footer(viewer)).toContainText('where half > 10');
    await expect(async () => {
      expect(Math.min(...(await numbers(viewer, 'dec')))).toBeGreaterThan(20);
    }).toPass();
    await viewer.getByRole('button', { name: 'Remove these conditions' }).click();
    await expect(footer(viewer)).toContainText('of 2,000 rows');
  }
);

test('everything about a row is shown', { tag: ['@PRTL-REQ-0047'] }, async ({ page }) => {
  const viewer = await runQuery(page, STARS);
  const panel = await open(viewer, 'Row');
  await expect(panel).toContainText('Click a row');
  const { x, y } = await rowPlace(viewer, 2);
  await page.mouse.click(x, y);
  await expect(panel).toContainText('Row 3');
  const id = (await column(viewer, 'source_id'))[2];
  await expect(panel.locator('[data-column="source_id"] dd')).toContainText(id);
  await panel.getByRole('button', { name: 'Next row' }).click();
  const next = (await column(viewer, 'source_id'))[3];
  await expect(panel.locator('[data-column="source_id"] dd')).toContainText(next);
});

test(
  'a selection becomes a subset, is combined, shown alone and turned into a condition',
  { tag: ['@PRTL-REQ-0108'] },
  async ({ page }) => {
    const viewer = await runQuery(page, STARS);
    const panel = await open(viewer, 'Subsets');
    await selectRow(page, viewer, 1);
    await panel.getByLabel('Name', { exact: true }).fill('one');
    await panel.getByRole('button', { name: '1 row selected' }).click();
    await expect(panel.getByRole('listitem')).toContainText('1 row');
    const filter = viewer.getByLabel('Filter dec', { exact: true });
    await filter.fill('> 20');
    await filter.press('Enter');
    await expect(footer(viewer)).toContainText('filtered by dec');
    await panel.getByLabel('Name', { exact: true }).fill('far north');
    await panel.getByRole('button', { name: 'Rows of this view' }).click();
    await expect(panel.getByRole('listitem')).toHaveCount(2);
    await viewer.getByRole('button', { name: 'Clear all filters' }).click();
    await panel.getByLabel(/^Names with AND/).fill('one OR "far north"');
    await panel.getByRole('button', { name: 'Show only these' }).click();
    await expect(footer(viewer)).toContainText('subset one OR "far north"');
    await viewer.getByRole('button', { name: 'Show all rows again' }).first().click();
    await panel.getByRole('button', { name: 'Copy WHERE of one' }).click();
    await expect(panel).toContainText('Copied a condition');
    const where = await page.evaluate(() => navigator.clipboard.readText());
    expect(where).toContain((await column(viewer, 'source_id'))[1]);
  }
);

test(
  'the table is saved as it is shown, and given as code',
  { tag: ['@PRTL-REQ-0113'] },
  async ({ page }) => {
    const viewer = await runQuery(page, STARS);
    const filter = viewer.getByLabel('Filter dec', { exact: true });
    await filter.fill('> 20');
    await filter.press('Enter');
    await expect(footer(viewer)).toContainText('filtered by dec');
    const columns = await open(viewer, 'Columns');
    await columns.getByRole('checkbox', { name: /^bp_rp/ }).uncheck();
    const panel = await open(viewer, 'Save');
    await panel.getByLabel('Format').selectOption('csv');
    await expect(panel).toContainText(/[\d,]+ rows, 4 columns, about [\d.]+ kB/);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      panel.getByRole('button', { name: 'Download' }).click()
    ]);
    const lines = readFileSync(await download.path(), 'utf8')
      .trim()
      .split('\n');
    expect(lines.find(line => line.startsWith('source_id'))!.trim()).toBe(
      'source_id,ra,dec,phot_g_mean_mag'
    );
    // In one's folder nothing is replaced unless that is wanted.
    const file = panel.getByLabel('File in your folder');
    await expect(file).toHaveValue('gaia_source.csv');
    await file.fill('as-shown.csv');
    await panel.getByRole('button', { name: 'Save file' }).click();
    await expect(panel).toContainText(/Saved as as-shown\.csv, [\d.]+ kB/);
    await file.press('Enter');
    await expect(panel).toContainText('There is “as-shown.csv” already');
    await panel.getByRole('button', { name: 'Replace it' }).click();
    await expect(panel).toContainText('Saved as as-shown.csv');
    await panel.getByRole('button', { name: 'Copy as code' }).click();
    await expect
      .poll(() => page.evaluate(() => navigator.clipboard.readText()))
      .toMatch(/lsp\.query\([^]*job\.[^]*dec > 20/i);

    await panel.getByRole('button', { name: 'Save as table…' }).click();
    const dialog = page.locator('.jp-Dialog-content');
    await expect(dialog).toContainText('as it is shown');
    await dialog.getByLabel('Name of the table').fill('as_shown');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.locator('.lsp-Tree-item[data-own]', { hasText: 'as_shown' }).waitFor();
    const own = await runQuery(page, 'SELECT * FROM mydb.as_shown');
    expect(await titles(own)).toEqual(['source_id', 'ra', 'dec', 'phot_g_mean_mag']);
    expect(Math.min(...(await numbers(own, 'dec')))).toBeGreaterThan(20);
  }
);

test('two open tables are matched by position', async ({ page }) => {
  await runQuery(page, 'SELECT TOP 500 source_id, ra, dec FROM gaia.source ORDER BY source_id');
  const viewer = await runQuery(page, STARS);
  const panel = await open(viewer, 'Match');
  await expect(panel.getByLabel('The query of this match')).toContainText('SELECT');
  const id = await begin(page, () => panel.getByRole('button', { name: 'Match' }).click());
  await expect(jobItem(page, id)).toHaveAttribute('data-phase', 'COMPLETED');
  await expect(footer(viewerOf(page, id))).toContainText(/of 50\d rows/);
});

test('what a table shows is there again after a reload', async ({ page }) => {
  const viewer = await runQuery(page, STARS);
  const filter = viewer.getByLabel('Filter dec', { exact: true });
  await filter.fill('1..20');
  await filter.press('Enter');
  await expect(footer(viewer)).toContainText('filtered by dec');
  const columns = await open(viewer, 'Columns');
  await columns.getByRole('checkbox', { name: /^bp_rp/ }).uncheck();
  const state = await viewer.evaluate(node => {
    const widget = [...window.jupyterapp.shell.widgets('main')].find(one => one.id === node.id);
    return (widget as unknown as { content: { state: object } }).content.state;
  });
  expect(state).toMatchObject({ columns: { hidden: ['bp_rp'] }, drawer: 'columns' });
  const id = (await viewer.getAttribute('id'))!.replace('lsp-result-', '');
  await page.evaluate(
    async ([job, given]) => {
      [...window.jupyterapp.shell.widgets('main')]
        .find(one => one.id === `lsp-result-${job}`)
        ?.dispose();
      await window.jupyterapp.commands.execute('lsp:open-result', {
        id: job,
        state: given as never
      });
    },
    [id, state] as const
  );
  const again = viewerOf(page, id);
  await expect(footer(again)).toContainText('filtered by dec');
  await expect(again.getByLabel('Filter dec', { exact: true })).toHaveValue('1..20');
  await expect.poll(() => titles(again)).not.toContain('bp_rp');
});

test('names and values that look like a page are shown as text', async ({ page }) => {
  const evil = '<img src=x onerror=window.lspEvil=1>';
  const viewer = await runQuery(
    page,
    `SELECT TOP 40 '${evil}' AS "${evil}", ra, 'http://a.example/<b>' AS link FROM gaia.source`
  );
  await expect.poll(() => titles(viewer)).toContain(evil);
  const { x, y } = await rowPlace(viewer, 1);
  await page.mouse.click(x, y);
  for (const tab of ['Columns', 'Statistics', 'Row', 'Formulas', 'Subsets', 'Save', 'Match']) {
    const panel = await open(viewer, tab);
    await expect(panel).toBeVisible();
    if (['Columns', 'Statistics', 'Row'].includes(tab)) {
      await expect(panel).toContainText(evil);
    }
  }
  await expect(viewer.locator('img')).toHaveCount(0);
  expect(await page.evaluate(() => 'lspEvil' in window)).toBe(false);
});

test('a table of two thousand columns is searched, moved through and kept in place', async ({
  page
}) => {
  const names = Array.from({ length: 1999 }, (_, i) => `ra AS c${i + 1}`);
  const viewer = await runQuery(
    page,
    `SELECT TOP 200 source_id, ${names.join(',')} FROM gaia.source`
  );
  const panel = await open(viewer, 'Columns');
  await expect(panel).toContainText('2000 of 2000 shown; the first 300 are listed');
  await panel.getByRole('searchbox').fill('c1987');
  await panel
    .getByRole('button', { name: '→' })
    .or(panel.getByLabel('Go to c1987'))
    .first()
    .click();
  await expect.poll(() => titles(viewer)).toContain('c1987');
  await panel.getByRole('spinbutton', { name: /stay in place/ }).fill('1');
  await page.keyboard.press('Tab');
  await expect.poll(() => titles(viewer)).toContain('source_id');
  await expect.poll(() => titles(viewer)).toContain('c1987');
  await rowsThere(viewer);
  await panel.getByRole('button', { name: 'Hide all' }).click();
  await expect.poll(() => titles(viewer)).not.toContain('c1987');
});
