import type { Locator } from '@playwright/test';

import {
  execute,
  expect,
  footer,
  jobItem,
  onScreen,
  openPanel,
  rowPlace,
  rowsThere,
  runQuery,
  test
} from './steps';
import type { Page } from './steps';

const EVIL = '<img src=x onerror=window.lspEvil=1><script>window.lspEvil=1</script>';
const ESCAPED = EVIL.replace(/</g, '&lt;').replace(/>/g, '&gt;');
const LONG = `${'long <b>words</b> '.repeat(62_500)}end`;

/** Columns of everything that is hard to show. */
const FIELDS = [
  `<FIELD name="id" datatype="long"><DESCRIPTION>${ESCAPED}</DESCRIPTION></FIELD>`,
  `<FIELD name="${ESCAPED}" datatype="char" arraysize="*" unit="${ESCAPED}" ucd="${ESCAPED}"><DESCRIPTION>${ESCAPED}</DESCRIPTION></FIELD>`,
  '<FIELD name="nothing" datatype="double"/>',
  '<FIELD name="odd" datatype="double"/>',
  '<FIELD name="list" datatype="float" arraysize="*"/>',
  '<FIELD name="long" datatype="unicodeChar" arraysize="*"/>'
];
const ODD = ['NaN', '+Inf', '-Inf', '1.5', ''];
const ROWS = ODD.map(
  (odd, i) =>
    `<TR><TD>${i + 1}</TD><TD>${ESCAPED}</TD><TD/><TD>${odd}</TD><TD>1 NaN ${'2.5 '.repeat(100)}</TD>` +
    `<TD>${i === 0 ? LONG.replace(/</g, '&lt;').replace(/>/g, '&gt;') : ESCAPED}</TD></TR>`
);
const VOTABLE = `<?xml version="1.0"?><VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">
<RESOURCE><TABLE>${FIELDS.join('')}<DATA><TABLEDATA>${ROWS.join('')}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>`;

/** Open one of the panels at the side. */
async function open(viewer: Locator, tab: string): Promise<Locator> {
  const one = viewer.getByRole('tab', { name: tab, exact: true });
  if ((await one.getAttribute('aria-selected')) !== 'true') {
    await one.click();
  }
  return viewer.getByRole('tabpanel', { name: tab, exact: true });
}

async function idOf(viewer: Locator): Promise<string> {
  return (await viewer.getAttribute('id'))!.replace('lsp-result-', '');
}

/** Nothing of the data became part of the page. */
async function harmless(page: Page): Promise<void> {
  await expect(
    page.locator('[onerror], .lsp-Viewer img, .lsp-ChartTab img, .lsp-Panel img, .lsp-Viewer b')
  ).toHaveCount(0);
  expect(await page.evaluate(() => 'lspEvil' in window)).toBe(false);
}

/** Cut the line of events, or mend it. */
async function cut(page: Page, off: boolean): Promise<void> {
  await page.evaluate(async gone => {
    const platform = await window.galata.getPlugin('lsp-jupyter:plugin');
    const channel = (
      platform as unknown as {
        channel: {
          _factory: (url: string) => WebSocket;
          _kept?: (url: string) => WebSocket;
          _socket: WebSocket | null;
          _retryNow: () => void;
        };
      }
    ).channel;
    if (gone) {
      channel._kept ??= channel._factory;
      channel._factory = () => new WebSocket(`ws://${window.location.hostname}:1/`);
      channel._socket?.close();
    } else {
      channel._factory = channel._kept!;
      channel._retryNow();
    }
  }, off);
}

test('whatever a table holds is shown as text, in every place', async ({ page }) => {
  const wrong: string[] = [];
  page.on('dialog', dialog => {
    wrong.push(dialog.message());
    void dialog.dismiss();
  });
  await page.contents.uploadContent(VOTABLE, 'text', 'hard.vot');
  await openPanel(page);
  await execute(page, 'docmanager:open', { path: 'hard.vot' });
  const viewer = page.locator('.lsp-Viewer:not(.lm-mod-hidden)');
  await rowsThere(viewer);
  await expect(footer(viewer)).toContainText('5 rows');
  const cells = onScreen(viewer).locator('tbody tr');
  await expect(cells.nth(0)).toContainText('NaN');
  await expect(cells.nth(1)).toContainText('Infinity');
  await expect(onScreen(viewer).locator('th').nth(1)).toContainText(EVIL);

  // A text of a megabyte is cut, and shown and copied whole when it is asked for.
  const { x, y } = await rowPlace(viewer, 0);
  await page.mouse.click(x, y);
  const row = await open(viewer, 'Row');
  const long = row.locator('[data-column="long"]');
  await expect(long.locator('dd')).toContainText('…');
  await long.getByRole('button', { name: 'Show all of long' }).click();
  await expect(long).toContainText(
    `${LONG.length.toLocaleString('en')} characters; the first 200,000 are shown`
  );
  await long.hover();
  await long.getByRole('button', { name: 'Copy long' }).click();
  await expect
    .poll(() => page.evaluate(async () => (await navigator.clipboard.readText()).length))
    .toBe(LONG.length);
  await expect(row.locator('[data-column="nothing"]')).toContainText('no value');
  await harmless(page);

  for (const tab of ['Columns', 'Statistics', 'Formulas', 'Save', 'Match']) {
    await expect(await open(viewer, tab)).toBeVisible();
  }
  const statistics = await open(viewer, 'Statistics');
  await expect(statistics).toContainText('Of the rows in this view');
  await expect(statistics.locator('[data-column="nothing"]')).toContainText('5');
  const subsets = await open(viewer, 'Subsets');
  await subsets.getByLabel('Name', { exact: true }).fill(EVIL);
  await subsets.getByRole('button', { name: '1 row selected' }).click();
  await expect(subsets.getByRole('listitem')).toContainText(EVIL.slice(0, 60));
  await viewer.getByRole('button', { name: `Menu of ${EVIL}` }).click();
  await expect(page.getByRole('menu')).toBeVisible();
  await page.keyboard.press('Escape');
  await harmless(page);

  // The name and the tag of its job, and the titles of its chart.
  const id = await idOf(viewer);
  await page.evaluate(
    async ([job, text]) => {
      const platform = await window.galata.getPlugin('lsp-jupyter:plugin');
      const { jobs } = platform as unknown as {
        jobs: { label(id: string, label: { name: string; tags: string[] }): Promise<void> };
      };
      await jobs.label(job, { name: text, tags: [text.slice(0, 36)] });
    },
    [id, EVIL] as const
  );
  await expect(jobItem(page, id)).toContainText(EVIL);
  await viewer.getByRole('button', { name: 'Chart', exact: true }).click();
  const chart = page.locator('.lsp-ChartTab').last();
  await expect(chart.locator('.lsp-Chart')).toHaveAttribute('data-drawn', /./);
  await page.evaluate(text => {
    const tab = [...window.jupyterapp.shell.widgets('main')].find(one =>
      one.node.classList.contains('lsp-ChartTab')
    ) as unknown as {
      content: { viewer: { spec: { x: object; y: object; title?: string } } };
    };
    const { viewer } = tab.content;
    const { spec } = viewer;
    viewer.spec = {
      ...spec,
      title: text,
      x: { ...spec.x, label: text },
      y: { ...spec.y, label: text }
    };
  }, EVIL);
  await expect(chart.locator('.lsp-Chart-plot')).toContainText('<img src=x');
  await harmless(page);
  expect(wrong).toEqual([]);
  await page.contents.deleteFile('hard.vot');
});

test('a table of no rows says so wherever it is looked at', async ({ page }) => {
  await openPanel(page);
  const some = await runQuery(page, 'SELECT TOP 5 source_id, ra, dec FROM gaia.source');
  const filter = some.getByLabel('Filter dec', { exact: true });
  await filter.fill('> 1000');
  await filter.press('Enter');
  await expect(some).toContainText('No row passes the filters.');
  for (const [tab, text] of [
    ['Statistics', 'Of the rows in this view'],
    ['Row', 'No rows.'],
    ['Save', '0 rows, 3 columns']
  ] as const) {
    await expect(await open(some, tab)).toContainText(text);
  }
  await some.getByRole('button', { name: 'Chart', exact: true }).click();
  await expect(page.locator('.lsp-ChartTab').last()).toContainText(
    'No row has a place on this chart.'
  );
});

test('a result that is deleted while it is open says so, in its table and in its chart', async ({
  page
}) => {
  const viewer = await runQuery(page, 'SELECT TOP 3000 source_id, ra, dec FROM gaia.source');
  const id = await idOf(viewer);
  await viewer.getByRole('button', { name: 'Chart', exact: true }).click();
  const chart = page.locator('.lsp-ChartTab').last();
  await expect(chart.locator('.lsp-Chart')).toHaveAttribute('data-drawn', /./);
  // By somebody else, while no event tells.
  await cut(page, true);
  await page.evaluate(async job => {
    const platform = await window.galata.getPlugin('lsp-jupyter:plugin');
    const { client } = platform as unknown as {
      client: { remove(id: string): Promise<void> };
    };
    await client.remove(job);
  }, id);
  await execute(page, 'lsp:open-result', { id });
  const filter = viewer.getByLabel('Filter dec', { exact: true });
  await filter.fill('> 0');
  await filter.press('Enter');
  await expect(viewer.getByRole('alert')).toContainText('This job was deleted');
  await expect(viewer.getByRole('button', { name: 'Run it again' })).toBeVisible();
  await expect(jobItem(page, id)).toHaveCount(0);
  await cut(page, false);
  await viewer.getByRole('button', { name: 'Run it again' }).click();
  await expect(page.locator('.lsp-Viewer:visible:not(.lsp-ChartTab)')).not.toHaveAttribute(
    'id',
    `lsp-result-${id}`
  );
  await expect(chart.getByRole('alert')).toContainText('This job was deleted');
});

test('a server that was away is told of, and what it could not give comes by itself', async ({
  page
}) => {
  const viewer = await runQuery(page, 'SELECT TOP 4000 source_id, ra, dec FROM gaia.source');
  let away = true;
  await page.route('**/lsp_jupyter/**', route => (away ? route.abort() : route.fallback()));
  await cut(page, true);
  await expect(viewer).toContainText('The server does not answer.');
  await expect(page.locator('.lsp-Status')).toContainText('no connection');
  await viewer.locator('.lsp-Table-grid .lm-DataGrid-viewport').focus();
  await page.keyboard.press('ControlOrMeta+ArrowDown');
  await expect(footer(viewer).getByRole('button', { name: 'Try again' })).toBeVisible();
  away = false;
  await cut(page, false);
  await expect(page.locator('.lsp-Status')).toContainText('ready');
  await rowsThere(viewer);
  await expect(footer(viewer)).not.toContainText('Try again');
  await expect(viewer.locator('.lsp-Strip')).toBeEmpty();
  await expect(viewer.getByRole('img', { name: /^Distribution of dec from/ })).toBeVisible();
});

test('a page whose sign-in has ended says what to do', async ({ page }) => {
  const viewer = await runQuery(page, 'SELECT TOP 4000 source_id, ra, dec FROM gaia.source');
  let ended = true;
  const refusal = { status: 403, json: { message: 'Forbidden', reason: null } };
  await page.route('**/lsp_jupyter/portal/results/**', route =>
    ended ? route.fulfill(refusal) : route.fallback()
  );
  const filter = viewer.getByLabel('Filter dec', { exact: true });
  await filter.fill('> 0');
  await filter.press('Enter');
  const alert = viewer.getByRole('alert');
  await expect(alert).toContainText('This page is no longer signed in.');
  await expect(alert.getByRole('button', { name: 'Reload the page' })).toBeVisible();
  ended = false;
  await footer(viewer).getByRole('button', { name: 'Try again' }).click();
  await expect(alert).toHaveCount(0);
});
