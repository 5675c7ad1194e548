import { describe, expect, it } from 'vitest';

import cases from '../../tests/portal/forms.json';
import type { ColumnInfo, TableInfo } from '../api/models';
import { FormError, NO_SKY, emptyForm, writeQuery } from './form';
import type { Form, SkyForm } from './form';
import type { Constraint } from './constraints';

const GAIA: TableInfo = {
  name: 'gaia.source',
  rows: null,
  position: ['ra', 'dec'],
  columns: [
    { name: 'source_id', datatype: 'long', principal: true },
    { name: 'ra', datatype: 'double', unit: 'deg', principal: true },
    { name: 'dec', datatype: 'double', unit: 'deg', principal: true },
    { name: 'bp_rp', datatype: 'float' },
    { name: 'phot_g_mean_mag', datatype: 'float' }
  ]
};
const LOG: TableInfo = {
  name: 'obs.Log',
  rows: null,
  columns: [
    { name: 'band', datatype: 'char', arraysize: '*' },
    { name: 'begun', datatype: 'char', arraysize: '*', xtype: 'timestamp' },
    { name: 'mjd', datatype: 'double', unit: 'd', ucd: 'time.epoch' },
    { name: 'good', datatype: 'boolean' },
    { name: 'count', datatype: 'int' },
    { name: 'flux', datatype: 'double', arraysize: '3' }
  ] satisfies ColumnInfo[]
};

function where(constraint: Partial<Constraint>): string {
  const asked = { column: '', op: 'range', value: '', high: '', ...constraint } as const;
  const text = writeQuery({ ...emptyForm(LOG), limit: '', constraints: [asked] }, LOG);
  return text.split('\n')[2] ?? '';
}

function cone(sky: Partial<SkyForm>): string {
  const form = { ...emptyForm(GAIA), sky: { ...NO_SKY, shape: 'cone', radius: '1', ...sky } };
  return writeQuery(form as Form, GAIA).split('\n')[2];
}

function refused(action: () => unknown): FormError {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(FormError);
    return error as FormError;
  }
  throw new Error('It was taken.');
}

describe('the query of a form', () => {
  it.each(cases)('$title', ({ form, adql }) => {
    const whole = { ...form, sky: { ...NO_SKY, ...('sky' in form ? form.sky : {}) } };
    expect(writeQuery(whole as Form, GAIA)).toBe(adql);
  });

  it('begins with the principal columns', () => {
    expect(emptyForm(GAIA).columns).toEqual(['source_id', 'ra', 'dec']);
    expect(emptyForm(LOG).columns).toEqual([]);
  });

  it('breaks a long list of columns', () => {
    const names = Array.from({ length: 12 }, (_, i) => `column_${i}`);
    const lines = writeQuery({ ...emptyForm(GAIA), columns: names }, GAIA).split('\n');
    expect(lines[0]).toBe('SELECT TOP 1000');
    expect(lines.every(line => line.length <= 66)).toBe(true);
  });
});

describe('a position', () => {
  it('is decimal or sexagesimal', () => {
    const andromeda = 'CIRCLE(10.6845, 41.269166667, 1)';
    expect(cone({ centre: '00:42:44.28 +41:16:09' })).toContain(andromeda);
    expect(cone({ centre: '0h42m44.28s, 41d16m9s' })).toContain(andromeda);
    expect(cone({ centre: '00 42 44.28 41 16 09' })).toContain(andromeda);
    expect(cone({ centre: '10.6845,+41.2690' })).toContain('CIRCLE(10.6845, 41.2690, 1)');
    expect(cone({ centre: '00:00:01 -00:30:00' })).toContain('-0.5,');
    expect(cone({ centre: '120:30:00 -10', frame: 'GALACTIC' })).toContain('CIRCLE(120.5, -10');
  });

  it('has a radius in a unit', () => {
    expect(cone({ centre: '1 2', radius: '90', unit: 'arcsec' })).toContain('(1, 2, 0.025)');
    expect(cone({ centre: '1 2', radius: '.5', unit: 'arcmin' })).toMatch(/0\.00833333333333\)/);
  });

  it('is refused where it is none', () => {
    expect(refused(() => cone({ centre: 'M31' })).part).toBe('centre');
    expect(refused(() => cone({ centre: '10 91' })).part).toBe('centre');
    expect(refused(() => cone({ centre: '' })).message).toContain('name of an object');
    expect(refused(() => cone({ centre: '1 2', radius: '-1' })).part).toBe('radius');
    expect(refused(() => cone({ shape: 'polygon', positions: '1 2\n3 4' })).part).toBe('positions');
    const many = '1 2\n'.repeat(201);
    expect(refused(() => cone({ shape: 'list', positions: many })).message).toContain('201');
    const form = { ...emptyForm(LOG), sky: { ...NO_SKY, shape: 'cone' as const } };
    expect(refused(() => writeQuery(form, LOG)).part).toBe('sky');
  });
});

describe('a condition', () => {
  it('is on a number', () => {
    expect(where({ column: 'count', value: '1' })).toBe('WHERE "count" >= 1');
    expect(where({ column: 'count', high: '7' })).toBe('WHERE "count" <= 7');
    expect(where({ column: 'count', op: 'not', value: '1 2' })).toBe('WHERE "count" NOT IN (1, 2)');
    expect(where({ column: 'count' })).toBe('');
    expect(refused(() => where({ column: 'count', value: 'x' })).part).toBe('column:count');
    expect(refused(() => where({ column: 'count', value: '2', high: '1' })).message).toContain(
      'lower end'
    );
  });

  it('is on a text', () => {
    expect(where({ column: 'band', op: 'is', value: "g, 'it, it'" })).toContain(
      "IN ('g', 'it, it')"
    );
    expect(where({ column: 'band', op: 'is', value: "O'Neill" })).toBe("WHERE band = 'O''Neill'");
    expect(where({ column: 'band', op: 'starts', value: 'r' })).toBe("WHERE band LIKE 'r%'");
    expect(refused(() => where({ column: 'band', op: 'contains', value: '5%' }))).toBeTruthy();
  });

  it('is on a time, whichever way it is written', () => {
    expect(where({ column: 'begun', value: '2025-06-30', high: '60857.5' })).toBe(
      "WHERE begun BETWEEN '2025-06-30T00:00:00' AND '2025-07-01T12:00:00'"
    );
    expect(where({ column: 'mjd', op: 'above', value: '2025-06-30T12:00' })).toBe(
      'WHERE mjd > 60856.5'
    );
    expect(where({ column: 'mjd', op: 'below', value: '2460857.0' })).toBe('WHERE mjd < 60856.5');
    expect(refused(() => where({ column: 'begun', value: '2025-02-30' })).message).toContain(
      'time'
    );
  });

  it('is on what is true, or there', () => {
    expect(where({ column: 'good', op: 'is', value: 'true' })).toBe('WHERE good = 1');
    expect(where({ column: 'flux', op: 'notnull' })).toBe('WHERE flux IS NOT NULL');
  });
});

describe('what is wrong in a form', () => {
  it.each([
    [{ shape: 'cone' }, 'centre', true],
    [{ shape: 'cone', centre: '1 2', radius: '' }, 'radius', true],
    [{ shape: 'cone', centre: '1 2', radius: 'x' }, 'radius', false],
    [{ shape: 'cone', centre: '1 95' }, 'centre', false],
    [{ shape: 'polygon', positions: '1 2' }, 'positions', true],
    [{ shape: 'list', positions: 'here' }, 'positions', false],
    [{ shape: 'table' }, 'targets', true]
  ] as const)('%j: %s, missing %s', (sky, part, missing) => {
    const error = refused(() => cone(sky));
    expect([error.part, error.missing]).toEqual([part, missing]);
  });
});
