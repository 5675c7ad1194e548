import {
  begin,
  expect,
  jobItem,
  openPanel,
  rowsThere,
  runButton,
  runQuery,
  test,
  viewerOf,
  writeQuery
} from './steps';
import type { Page } from './steps';

const STARS = 'SELECT TOP 20 source_id, ra FROM gaia.source WHERE dec > ';

async function choose(page: Page, id: string, item: string): Promise<void> {
  await jobItem(page, id).click({ button: 'right' });
  await page.locator('.lm-Menu-item', { hasText: item }).click();
}

async function run(page: Page, dec: number): Promise<string> {
  await writeQuery(page, STARS + dec);
  const id = await begin(page, () => runButton(page).click());
  await expect(jobItem(page, id)).toHaveAttribute('data-phase', 'COMPLETED');
  return id;
}

test('a job is named and tagged, and found again by its words, its tag and its state', async ({
  page
}) => {
  const panel = await openPanel(page);
  const one = await run(page, 61);
  const two = await run(page, 62);
  await jobItem(page, one).focus();
  await page.keyboard.press('F2');
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByLabel('Name')).toBeFocused();
  await page.keyboard.type('Far north <b>x</b>');
  await dialog.getByLabel('Tags').fill('paper,  figure 3');
  await page.keyboard.press('Enter');
  await expect(jobItem(page, one)).toContainText('Far north <b>x</b>');
  await expect(jobItem(page, one).locator('.lsp-Tag')).toHaveText(['paper', 'figure 3']);

  const search = panel.getByLabel('Search jobs');
  await search.fill('NORTH figure');
  await expect(jobItem(page, two)).toHaveCount(0);
  await expect(jobItem(page, one)).toBeVisible();
  await search.fill('no such thing');
  await expect(panel.getByText('No job fits.')).toBeVisible();
  await panel.getByRole('button', { name: 'Show all jobs' }).click();
  await expect(jobItem(page, two)).toBeVisible();
  await expect(search).toHaveValue('');

  await panel.getByRole('button', { name: /Choose by state/ }).click();
  await panel.getByLabel('Tag', { exact: true }).selectOption('paper');
  await expect(jobItem(page, two)).toHaveCount(0);
  await panel.getByLabel('State', { exact: true }).selectOption('Failed');
  await expect(jobItem(page, one)).toHaveCount(0);
  await panel.getByLabel('State', { exact: true }).selectOption('Any state');
  await expect(jobItem(page, one)).toBeVisible();
  // A job that comes and does not fit stays out of sight.
  await writeQuery(page, `${STARS}63`);
  const three = await begin(page, () => runButton(page).click());
  await expect(viewerOf(page, three)).toBeVisible();
  await rowsThere(viewerOf(page, three));
  await expect(jobItem(page, three)).toHaveCount(0);
  await panel.getByLabel('Tag', { exact: true }).selectOption('Any tag');
  await expect(jobItem(page, three)).toBeVisible();
});

test('a job runs again, and a link opens its result', async ({ page }) => {
  const viewer = await runQuery(page, `${STARS}64`);
  const id = (await viewer.getAttribute('id'))!.replace('lsp-result-', '');
  const again = await begin(page, () => choose(page, id, 'Run Again'));
  expect(again).not.toBe(id);
  await rowsThere(viewerOf(page, again));

  await choose(page, id, 'Copy Link');
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(new URL(link).searchParams.get('lsp')).toMatch(/^[\w-]+$/);
  expect(link).not.toContain('token');
  await page.evaluate(() => window.jupyterapp.shell.currentWidget?.close());
  await page.goto(link);
  await rowsThere(viewerOf(page, id));
  // The address is as it was: a reload does not open it again.
  expect(new URL(page.url()).searchParams.get('lsp')).toBeNull();
});

test('a link to what is not there says so', async ({ page, baseURL }) => {
  const gone = Buffer.from(
    JSON.stringify([{ command: 'lsp:open-result', args: { id: '0'.repeat(32) } }])
  ).toString('base64url');
  for (const [link, words] of [
    [gone, 'was deleted, or is not yours'],
    ['bm90', 'not complete']
  ]) {
    await page.goto(`${baseURL}/lab?lsp=${link}`);
    await expect(page.locator('.Toastify__toast', { hasText: words })).toBeVisible();
  }
});
