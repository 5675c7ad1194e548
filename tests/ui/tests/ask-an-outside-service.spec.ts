import {
  begin,
  column,
  expect,
  jobItem,
  openPanel,
  rowsThere,
  runButton,
  test,
  viewerOf,
  writeQuery
} from './steps';

test(
  'a query runs on an outside TAP service, whose tables are browsed',
  { tag: ['@PRTL-REQ-0007'] },
  async ({ page }) => {
    const panel = await openPanel(page);
    const where = panel.getByLabel('Run on');
    await where.selectOption('Mirror');
    await panel.getByRole('button', { name: 'Show the tables of Mirror' }).click();
    const tables = page.getByRole('region', { name: 'Tables of the outside service' });
    const list = tables.getByRole('list', { name: 'Tables of the service' });
    await tables.getByLabel('Search tables of the service').fill('bright stars gaia');
    await expect(list.getByRole('button', { name: 'gaia.source' })).toBeVisible();
    await expect(list.getByRole('button', { name: 'hipparcos.main' })).toHaveCount(0);
    await list.getByRole('button', { name: 'gaia.source' }).click();
    await expect(tables.getByRole('list', { name: 'Columns of gaia.source' })).toContainText('deg');

    await writeQuery(page, 'SELECT TOP 3 source_id FROM ');
    await tables.getByRole('button', { name: 'Insert the table’s name' }).click();
    const id = await begin(page, () => runButton(page).click());
    await expect(jobItem(page, id)).toHaveAttribute('data-phase', 'COMPLETED');
    await expect(jobItem(page, id).locator('.lsp-Job-origin')).toHaveText('mirror');
    await rowsThere(viewerOf(page, id));
    expect(await column(viewerOf(page, id), 'source_id')).toHaveLength(3);

    // What is wrong is told by the service; its query goes back to it.
    await writeQuery(page, 'SELECT nothing FROM gaia.source');
    const wrong = await begin(page, () => runButton(page).click());
    await expect(jobItem(page, wrong)).toHaveAttribute('data-phase', 'ERROR');
    await expect(jobItem(page, wrong)).toContainText('nothing');
    await where.selectOption('this platform');
    await jobItem(page, wrong).hover();
    await jobItem(page, wrong).getByRole('button', { name: 'Edit and run again' }).click();
    await expect(where.locator('option:checked')).toHaveText('Mirror');
    await where.selectOption('this platform');
    await page.evaluate(() => window.jupyterapp.commands.execute('application:toggle-right-area'));
  }
);

test('a service of one’s own is added, and what is no address is refused', async ({ page }) => {
  const panel = await openPanel(page);
  const where = panel.getByLabel('Run on');
  await where.selectOption('Add a TAP service…');
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Address').fill('https://tap.example.org/tap');
  await dialog.getByLabel('Title').fill('My archive');
  await page.keyboard.press('Enter');
  await expect(where.locator('option:checked')).toHaveText('My archive');
  await panel.getByRole('button', { name: 'Forget My archive' }).click();
  await expect(where.locator('option:checked')).toHaveText('this platform');
  await where.selectOption('Add a TAP service…');
  await dialog.getByLabel('Address').fill('nonsense');
  await expect(dialog.getByRole('button', { name: 'Add' })).toBeDisabled();
  await dialog.getByLabel('Address').fill('ftp://example.org/tap');
  await page.keyboard.press('Enter');
  await expect(page.locator('.Toastify__toast').first()).toBeVisible();
  await expect(where.locator('option:checked')).toHaveText('this platform');
});
