import { expect, rowPlace, runQuery, test } from './steps';
import type { Page } from './steps';

const DID = 'ivo://org.example/lsst?visit-1';
const EVIL = '&lt;img src=x onerror=window.lspEvil=1&gt;';

/** The links of an image, as a server with images has them, and one that is up to no good. */
function links(base: string): string {
  const rows = [
    [`${base}lsp_jupyter/files/1`, '', '#this', 'The whole file', 'image/fits', '8640'],
    [`${base}lsp_jupyter/files/1/preview`, '', '#preview', 'A picture', 'image/png', ''],
    ['', 'cut', '#cutout', 'Cut out a part', 'image/fits', ''],
    ['', 'far', '#proc', `Elsewhere ${EVIL}`, 'text/html', ''],
    ['https://other.example/x', '', '#documentation', 'A paper', 'text/html', ''],
    ['javascript:window.lspEvil=1', '', '#auxiliary', 'Evil', '', '']
  ];
  const names = ['access_url', 'service_def', 'semantics', 'description', 'content_type'];
  const fields = ['ID', ...names, 'content_length'].map(
    name => `<FIELD ID="${name}" name="${name}" datatype="char" arraysize="*"/>`
  );
  const cells = rows.map(
    row => `<TR><TD>${DID}</TD>${row.map(text => `<TD>${text}</TD>`).join('')}</TR>`
  );
  const service = (id: string, url: string, inner: string): string =>
    `<RESOURCE type="meta" utype="adhoc:service" ID="${id}"><PARAM name="accessURL" value="${url}"/>` +
    `<GROUP name="inputParams"><PARAM name="ID" value="${DID}"/>${inner}</GROUP></RESOURCE>`;
  const circle =
    '<PARAM name="CIRCLE" xtype="circle" unit="deg" value=""><DESCRIPTION>Right ascension, declination and radius</DESCRIPTION></PARAM>' +
    '<PARAM name="RESPONSEFORMAT" value=""><VALUES><OPTION value="image/fits"/><OPTION value="image/png"/></VALUES></PARAM>' +
    `<PARAM name="POL" value=""><DESCRIPTION>${EVIL}</DESCRIPTION></PARAM>`;
  return (
    '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3"><RESOURCE type="results">' +
    `<TABLE>${fields.join('')}<DATA><TABLEDATA>${cells.join('')}</TABLEDATA></DATA></TABLE></RESOURCE>` +
    service('cut', `${base}lsp_jupyter/soda/sync`, circle) +
    service('far', 'https://other.example/service', '') +
    '</VOTABLE>'
  );
}

async function serve(page: Page): Promise<void> {
  const base = new URL('/', page.url()).href;
  await page.route('**/lsp_jupyter/datalink/**', route =>
    route.fulfill({ contentType: 'application/x-votable+xml', body: links(base) })
  );
}

test('the links of an image are listed, and a cutout is asked for with the place of the row', async ({
  page
}) => {
  await serve(page);
  const viewer = await runQuery(
    page,
    `SELECT TOP 3 '${DID}' AS obs_publisher_did, s_ra, s_dec FROM ivoa.ObsCore WHERE s_ra = 12`
  );
  const { x, y } = await rowPlace(viewer, 0);
  await page.mouse.dblclick(x, y);
  const panel = viewer.getByRole('tabpanel', { name: 'Row', exact: true });
  const list = panel.getByRole('list', { name: 'Links of this row' });
  await expect(list.getByRole('listitem')).toHaveCount(5);
  await expect(list.getByRole('link', { name: 'The whole file' })).toHaveAttribute(
    'rel',
    /noopener/
  );
  await expect(list.getByRole('listitem').first()).toContainText('#this · image/fits · 8.6 kB');
  await expect(list.getByRole('link', { name: 'A picture' })).toHaveAttribute('target', '_blank');
  // Other hosts are named before anybody goes there.
  await expect(list.getByRole('listitem').last()).toContainText('at other.example');
  await expect(list.locator('a[href^="javascript"], img')).toHaveCount(0);

  const cut = list.getByRole('button', { name: 'Cut out a part…' });
  await cut.focus();
  await page.keyboard.press('Enter');
  await expect(cut).toHaveAttribute('aria-expanded', 'true');
  const form = list.getByRole('form', { name: 'Cut out a part' });
  await expect(form.getByLabel('CIRCLE (deg)')).toBeFocused();
  await expect(form.getByLabel('CIRCLE (deg)')).toHaveValue('12 0.5 0.01');
  await form.getByLabel('RESPONSEFORMAT').selectOption('image/png');
  const asked = new URL((await form.getByRole('link', { name: 'Get it' }).getAttribute('href'))!);
  expect(asked.pathname).toBe('/lsp_jupyter/soda/sync');
  expect(Object.fromEntries(asked.searchParams)).toEqual({
    ID: DID,
    CIRCLE: '12 0.5 0.01',
    RESPONSEFORMAT: 'image/png'
  });
  await form.getByText('More parameters').click();
  await expect(form).toContainText('<img src=x');
  await form.getByLabel('CIRCLE (deg)').press('Escape');
  await expect(form).toBeHidden();
  await expect(cut).toBeFocused();
  expect(await page.evaluate(() => 'lspEvil' in window)).toBe(false);
});

test('rows that name an address of links show these, and what is not found says so', async ({
  page
}) => {
  const base = new URL('/', page.url()).href;
  const address = `${base}lsp_jupyter/datalink/links?ID=${encodeURIComponent(DID)}`;
  const viewer = await runQuery(page, `SELECT TOP 2 hip, '${address}' AS more FROM hipparcos.main`);
  const { x, y } = await rowPlace(viewer, 0);
  await page.mouse.dblclick(x, y);
  const panel = viewer.getByRole('tabpanel', { name: 'Row', exact: true });
  await expect(panel).toContainText('What belongs to this row');
  await expect(panel.getByRole('list', { name: 'Links of this row' })).toContainText('NotFound');
});
