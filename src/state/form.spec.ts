import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import type { ColumnInfo, TableInfo } from '../api/models';
import { FormError, conditionsOf, datesAsMjd, formOf, formText } from './form';
import type { Form, Region } from './form';
import type { Position } from './positions';

function column(name: string, datatype: string, more: Partial<ColumnInfo> = {}): ColumnInfo {
  return { name, datatype, ...more };
}

const TABLE: TableInfo = {
  name: 'gaia.source',
  rows: 1,
  position: ['ra', 'dec'],
  columns: [
    column('source_id', 'long'),
    ...['ra', 'dec'].map(name => column(name, 'double', { unit: 'deg' })),
    ...['phot_g_mean_mag', 'phot_bp_mean_mag', 'bp_rp'].map(name => column(name, 'float')),
    column('mjd', 'double', { unit: 'd', ucd: 'time.epoch' }),
    column('when', 'char', { arraysize: '*', arrow: 'timestamp[us]' } as object),
    column('is it', 'boolean'),
    column('kind', 'char', { arraysize: '*' })
  ]
};

const PLEIADES: Position = [56.601, 24.114];
const named = (name: string): Position | undefined => (name === 'M 45' ? PLEIADES : undefined);

/** Forms and their queries; the server's tests run the queries and read them back. */
const FORMS = JSON.parse(readFileSync('tests/portal/forms.json', 'utf8')) as {
  title: string;
  form: Form;
  adql: string;
}[];

describe('a form says', () => {
  it.each(FORMS)('$title', ({ form, adql }) => {
    expect(formText(form, TABLE, named)).toBe(adql);
  });

  it('which positions of another table it is about', () => {
    const region: Region = {
      shape: 'list',
      table: 'mydb.targets',
      ra: 'ra',
      dec: 'Dec deg',
      radius: 2,
      unit: 'arcsec'
    };
    const form = { ...formOf('gaia.source'), region, where: [{ column: 'kind', text: "=o'k" }] };
    expect(formText(form, TABLE, named)).toBe(
      "SELECT TOP 1000 t.*\nFROM gaia.source AS t\nJOIN mydb.targets AS p\n  ON CONTAINS(POINT('ICRS', t.ra, " +
        `t."dec"), CIRCLE('ICRS', p.ra, p."Dec deg", 0.00055556)) = 1\nWHERE t.kind = 'o''k'`
    );
  });

  it.each([
    ['kind', '~a_b', "kind LIKE '%a_b%'"],
    ['kind', 'QSO*', "kind LIKE 'QSO%'"],
    ['is it', 'true', '"is it" = TRUE'],
    ['mjd', '2025-06-30..2025-07-01T12:00', 'mjd BETWEEN 60856 AND 60857.5'],
    ['mjd', '> 60000.25', 'mjd > 60000.25'],
    ['source_id', '9007199254740993, 5', 'source_id IN (9007199254740993, 5)'],
    ['bp_rp', '< -1e-7', 'bp_rp < -1E-7']
  ])('of %s: %s', (name, text, expected) => {
    const form = { ...formOf('gaia.source'), where: [{ column: name, text }] };
    expect(formText(form, TABLE, named)).toContain(`WHERE ${expected}`);
  });

  it('dates as MJD', () => {
    expect(datesAsMjd('>= 1858-11-17 and < 2000-01-01T12:00:00')).toBe('>= 0 and < 51544.5');
  });
});

describe('what is wrong is told with its place', () => {
  const cone = { shape: 'cone', frame: 'ICRS', radius: 1, unit: 'deg' } as const;
  it.each<[string, Partial<Form>, string, string]>([
    ['no centre', { region: { ...cone, at: ' ' } }, 'region', 'Where?'],
    ['an unknown name', { region: { ...cone, at: 'Vulcan' } }, 'region', 'Vulcan'],
    ['no radius', { region: { ...cone, at: '1 2', radius: NaN } }, 'region', 'radius'],
    [
      'a galactic box at the pole',
      { region: { ...cone, shape: 'box', at: '1 89', frame: 'Galactic', width: 4, height: 4 } },
      'region',
      'pole'
    ],
    [
      'two vertices',
      { region: { shape: 'polygon', frame: 'ICRS', vertices: '1 2\n3 4' } },
      'region',
      'three'
    ],
    [
      'a wrong vertex',
      { region: { shape: 'polygon', frame: 'ICRS', vertices: '1 2\n3 4\nx y' } },
      'region',
      'Vertex 3'
    ],
    ['a wrong number', { where: [{ column: 'bp_rp', text: '< red' }] }, 'bp_rp', 'red'],
    ['an unknown column', { columns: ['nothing'] }, 'nothing', 'no column'],
    ['a wrong limit', { limit: 0 }, 'limit', 'above 0']
  ])('%s', (_, part, place, words) => {
    const failing = (): string => formText({ ...formOf('gaia.source'), ...part }, TABLE, named);
    expect(failing).toThrow(FormError);
    try {
      failing();
    } catch (error) {
      expect((error as FormError).place).toBe(place);
      expect((error as FormError).message).toContain(words);
    }
  });

  it('a table without positions', () => {
    const region = { shape: 'cone', at: '1 2', frame: 'ICRS', radius: 1, unit: 'deg' } as const;
    expect(() => formText({ ...formOf('x'), region }, { ...TABLE, position: null }, named)).toThrow(
      'no positions'
    );
  });

  it('nothing where nothing is typed', () => {
    expect(conditionsOf(TABLE.columns[3], '  ')).toEqual([]);
  });
});
