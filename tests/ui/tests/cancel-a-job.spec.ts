import {
  begin,
  execute,
  expect,
  jobItem,
  openPanel,
  runButton,
  test,
  viewerOf,
  writeQuery
} from './steps';

// Compares every star with every other: far longer than anybody waits.
const LONG = `SELECT COUNT(*) AS pairs
FROM gaia.source AS a
JOIN gaia.source AS b ON a.phot_g_mean_mag + b.phot_bp_mean_mag < a.ra - b.dec`;

let id: string;

test.beforeEach(async ({ page }) => {
  await openPanel(page);
  await writeQuery(page, LONG);
  id = await begin(page, () => runButton(page).click());
  await expect(jobItem(page, id)).toContainText('Running');
});

test(
  'a running query shows its time and is cancelled from its table',
  { tag: ['@PRTL-REQ-0126'] },
  async ({ page }) => {
    const viewer = viewerOf(page, id);
    await expect(viewer).toContainText(/Running · \d/);
    const before = await page.locator('.lsp-Query-status').innerText();
    await expect(page.locator('.lsp-Query-status')).not.toHaveText(before);
    await expect(page.locator('.lsp-Status')).toContainText('1 query running');
    await viewer.getByRole('button', { name: 'Cancel' }).click();
    await expect(viewer).toContainText('This query was cancelled.');
    await expect(jobItem(page, id)).toContainText('Cancelled');
    await expect(page.locator('.lsp-Status')).toContainText('ready');
  }
);

test('a running query is cancelled from the list of jobs, and deleted', async ({ page }) => {
  const job = jobItem(page, id);
  await job.hover();
  await job.getByRole('button', { name: 'Cancel' }).click();
  await expect(job).toContainText('Cancelled');
  await job.hover();
  await job.getByRole('button', { name: 'Delete job and result' }).click();
  await expect(job).toHaveCount(0);
  await expect(viewerOf(page, id)).toContainText('This job was deleted');
});

test('the command palette cancels too', async ({ page }) => {
  await execute(page, 'lsp:cancel-job');
  await expect(jobItem(page, id)).toContainText('Cancelled');
});
