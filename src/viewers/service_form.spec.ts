// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';

import type { ServiceParameter } from './analysis';
import { callAddress, firstValue, ServiceForm } from './service_form';

const CIRCLE: ServiceParameter = {
  name: 'CIRCLE',
  unit: 'deg',
  xtype: 'circle',
  description: '',
  value: '',
  most: '10 -2 0.5',
  options: []
};

describe('a form of a service', () => {
  it.each([
    [{}, {}, '10 -2 0.01'],
    [{ s_ra: '11.5', s_dec: '-3' }, {}, '11.5 -3 0.01'],
    [{ ra: '1', dec: '2' }, { most: '10 -2 0.001' }, '1 2 0.001'],
    [{ ra: 'here', dec: '2' }, {}, ''],
    [{}, { most: '' }, ''],
    [{ ra: '1', dec: '2' }, { value: '3 4 5' }, '3 4 5'],
    [{ ra: '1', dec: '2' }, { xtype: 'polygon' }, '']
  ] as const)('fills a circle from the row %j', (row, other, wanted) => {
    const values: Readonly<Record<string, string>> = row;
    expect(firstValue({ ...CIRCLE, ...other }, name => values[name] ?? '')).toBe(wanted);
  });

  it('adds what is not blank to an address that may have parameters', () => {
    const values = new Map([
      ['ID', 'ivo://x/y?1&2'],
      ['POS', '  ']
    ]);
    expect(callAddress('https://x.example/a?k=1', values)).toBe(
      'https://x.example/a?k=1&ID=ivo%3A%2F%2Fx%2Fy%3F1%262'
    );
  });

  it('writes the address anew with each letter, and opens it apart from the page', () => {
    const id = { ...CIRCLE, name: 'ID', xtype: '', value: 'ivo://x' };
    const pol = { ...CIRCLE, name: 'POL', xtype: '' };
    const service = { url: 'https://x.example/soda', standard: '', parameters: [id, CIRCLE, pol] };
    const form = new ServiceForm(
      service,
      'Cut',
      () => '',
      () => undefined
    );
    const [open] = form.node.querySelectorAll('a');
    expect(open.rel).toContain('noopener');
    const [circle, last] = form.node.querySelectorAll('input');
    expect(circle.value).toBe('10 -2 0.01');
    expect(last.closest('details')).not.toBeNull();
    circle.value = '1 2 3';
    circle.dispatchEvent(new Event('input', { bubbles: true }));
    expect(new URL(open.href).searchParams.get('CIRCLE')).toBe('1 2 3');
    expect(new URL(open.href).searchParams.get('ID')).toBe('ivo://x');
    expect(new URL(open.href).searchParams.has('POL')).toBe(false);
  });
});
