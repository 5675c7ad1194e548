import { describe, expect, it } from 'vitest';

import {
  assignedNames,
  firstTable,
  notebookCode,
  pythonName,
  queryCode,
  resultCode,
  saveCode,
  tableCode,
  uploadCode,
  variableName
} from './code';

describe('code for notebooks', () => {
  it.each([
    ['SELECT * FROM gaia.source WHERE x = 1', 'gaia.source'],
    ['select * from "My Schema" . "T"', 'MySchema.T'],
    [
      "SELECT 'from nowhere' AS x\nFROM hipparcos.main AS h JOIN gaia.source AS g",
      'hipparcos.main'
    ],
    ['SELECT 1 -- from here\nFROM t', 't'],
    ['SELECT 1', '']
  ])('the first table of %j is %j', (query, table) => {
    expect(firstTable(query)).toBe(table);
  });

  it.each([
    ['gaia.source', 'gaia_source'],
    ['2MASS.psc', 'r_2mass_psc'],
    ['Class', 'class_'],
    ['Δ', ''],
    ['__x__', 'x']
  ])('%j becomes the name %j', (text, name) => {
    expect(pythonName(text)).toBe(name);
  });

  it.each([
    [{ query: 'SELECT * FROM gaia.source', run_id: '' }, [], 'gaia_source'],
    [
      { query: 'SELECT * FROM gaia.source', run_id: '' },
      ['gaia_source', 'gaia_source_2'],
      'gaia_source_3'
    ],
    [{ query: 'SELECT * FROM gaia.source', run_id: 'bright' }, [], 'bright'],
    [{ query: 'SELECT 1', run_id: '' }, [], 'r_0123ab']
  ])('a result of %j beside %j is called %s', (job, taken, name) => {
    expect(variableName({ id: '0123abcdef', ...job }, new Set(taken))).toBe(name);
  });

  it('knows which names a notebook has', () => {
    const cells = [
      'a = 1\nb: int = 2\nif c == 3:\n    d = 4',
      '%%adql bright\nSELECT 1',
      'print(e)'
    ];
    expect([...assignedNames(cells)].sort()).toEqual(['a', 'b', 'bright', 'd']);
  });

  it.each([
    ['astropy', 'to_table'],
    ['pandas', 'to_pandas'],
    ['polars', 'to_polars'],
    ['arrow', 'to_arrow']
  ] as const)('fetches by id, as %s', (form, method) => {
    expect(notebookCode({ id: 'abc' }, 'stars', form)).toBe(
      `import lsp_jupyter as lsp\n\nstars = lsp.result("abc")\nstars.${method}()`
    );
  });

  it('is written for tables of one’s own, whatever they are called', () => {
    const code = (text: string): string => `import lsp_jupyter as lsp\n\n${text}`;
    expect(resultCode({ id: 'abc' })).toBe(code('lsp.result("abc")'));
    expect(saveCode({ id: 'abc' }, 'stars', 'create')).toBe(
      code('lsp.result("abc").save("stars")')
    );
    expect(saveCode({ id: 'abc' }, 'stars', 'append')).toBe(
      code('lsp.result("abc").save("stars", mode="append")')
    );
    expect(uploadCode('a "b".csv', 'stars', 'replace')).toBe(
      code('lsp.upload("a \\"b\\".csv", "stars", mode="replace")')
    );
    expect(tableCode('mydb.stars')).toBe(code('lsp.query("SELECT * FROM mydb.stars")'));
  });
});

it('a query is copied with the service that runs it', () => {
  expect(queryCode('SELECT 1')).toMatch(
    /^import lsp_jupyter as lsp\n\nlsp\.query\(.*SELECT 1.*\)$/s
  );
  expect(queryCode('SELECT 1', 'simbad')).toMatch(/, service="simbad"\)$/);
});
