import { describe, expect, it } from 'vitest';

import cases from '../../tests/portal/image_forms.json';
import type { TableInfo } from '../api/models';
import { NO_SKY, emptyForm, writeQuery } from './form';
import type { Form } from './form';
import { FIELDS, fieldsOf, isOther, valueOf, withField } from './images';
import type { ImageField } from './images';

const OBSCORE: TableInfo = {
  name: 'ivoa.ObsCore',
  rows: null,
  position: ['s_ra', 's_dec'],
  outline: 's_region',
  columns: [
    { name: 'obs_id', datatype: 'char', arraysize: '*' },
    { name: 's_region', datatype: 'char', arraysize: '*', xtype: 'adql:REGION' },
    { name: 't_min', datatype: 'double', unit: 'd', ucd: 'time.start;obs.exposure' },
    { name: 't_max', datatype: 'double', unit: 'd', ucd: 'time.end;obs.exposure' },
    { name: 't_exptime', datatype: 'double', unit: 's' },
    { name: 'dataproduct_subtype', datatype: 'char', arraysize: '*' },
    { name: 'em_filter_name', datatype: 'char', arraysize: '*' },
    { name: 'lsst_band', datatype: 'char', arraysize: '*' },
    { name: 'lsst_visit', datatype: 'long' },
    { name: 'lsst_detector', datatype: 'int' }
  ]
};

function field(label: string): ImageField {
  const found = fieldsOf(OBSCORE).find(([one]) => one.label === label);
  if (!found) {
    throw new Error(label);
  }
  return found[0];
}

describe('the search for images', () => {
  it.each(cases)('writes $title', ({ form, adql }) => {
    const whole = { ...form, sky: { ...NO_SKY, ...form.sky } };
    expect(writeQuery(whole as Form, OBSCORE)).toBe(adql);
  });

  it('asks outlines from the start, and one column of bands', () => {
    expect(emptyForm(OBSCORE).sky.outline).toBe(true);
    expect(fieldsOf(OBSCORE).map(([{ column }]) => column)).toEqual([
      'dataproduct_subtype',
      'lsst_band',
      't_max',
      't_min',
      't_exptime',
      'lsst_visit',
      'lsst_detector'
    ]);
    const plain = { ...OBSCORE, columns: OBSCORE.columns.filter(one => one.name !== 'lsst_band') };
    expect(fieldsOf(plain).map(([{ column }]) => column)).toContain('em_filter_name');
  });

  it('takes a time as a person writes it, and what overlaps it', () => {
    const empty = { ...emptyForm(OBSCORE), limit: '' };
    const begun = {
      ...empty,
      constraints: withField(empty, field('From'), { value: '2024-10-26' })
    };
    const both = { ...begun, constraints: withField(begun, field('To'), { high: '60612.5' }) };
    expect(writeQuery(both, OBSCORE).split('\n').slice(2)).toEqual([
      'WHERE t_max >= 60609',
      '  AND t_min <= 60612.5'
    ]);
    expect(valueOf(both, field('From')).value).toBe('2024-10-26');
  });

  it('fills a field in, changes it and empties it', () => {
    let form = emptyForm(OBSCORE);
    const set = (label: string, change: { value?: string; high?: string }): void => {
      form = { ...form, constraints: withField(form, field(label), change) };
    };
    set('Band', { value: 'r' });
    set('Exposure', { high: '30' });
    set('Band', { value: 'g, r' });
    expect(form.constraints.map(({ value }) => value)).toEqual(['g, r', '']);
    set('Visit', { value: '' });
    expect(form.constraints).toHaveLength(2);
    set('Band', { value: '' });
    expect(form.constraints.map(({ column }) => column)).toEqual(['t_exptime']);
  });

  it('leaves to others what its fields cannot say', () => {
    const band = { column: 'lsst_band', op: 'not', value: 'y', high: '' } as const;
    const end = { column: 't_max', op: 'range', value: '1', high: '2' } as const;
    const visit = { column: 'lsst_visit', op: 'is', value: '1', high: '' } as const;
    const again = { ...visit, value: '2' };
    const form = { ...emptyForm(OBSCORE), constraints: [band, end, visit, again] };
    expect(form.constraints.filter(one => isOther(form, OBSCORE, one))).toEqual([band, end, again]);
    expect(FIELDS.every(one => one.column !== 'obs_id')).toBe(true);
  });
});
