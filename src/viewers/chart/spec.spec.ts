import { describe, expect, it } from 'vitest';

import type { SourceColumn } from '../source';
import { SpecError, axisFor, defaultChart, parseChart } from './spec';

const column = (name: string, more: Partial<SourceColumn> = {}): SourceColumn => ({
  name,
  datatype: 'double',
  ...more
});
const ID = column('source_id', { datatype: 'long', ucd: 'meta.id;meta.main' });
const RA = column('ra', { unit: 'deg', ucd: 'pos.eq.ra;meta.main' });
const DEC = column('dec', { unit: 'deg', ucd: 'pos.eq.dec;meta.main' });
const MAG = column('g', { unit: 'mag', ucd: 'phot.mag;em.opt' });
const COLOUR = column('bp_rp', { unit: 'mag', ucd: 'phot.color;em.opt.B;em.opt.R' });
const TEXT = column('band', { datatype: 'char', arraysize: '*' });

describe('the chart to begin with', () => {
  it('is the sky, right ascension to the left, where there are positions', () => {
    const chart = defaultChart([ID, MAG, RA, DEC]);
    expect(chart?.traces).toEqual([{ kind: 'scatter', x: 'ra', y: 'dec' }]);
    expect(chart?.x.reversed).toBe(true);
    expect(chart?.y.reversed).toBeUndefined();
  });

  it('is a light curve where there are times, bands and fluxes', () => {
    const columns = [
      RA,
      DEC,
      column('expMidptMJD'),
      TEXT,
      column('psfFlux', { unit: 'nJy' }),
      column('psfFluxErr', { unit: 'nJy' })
    ];
    expect(defaultChart(columns)?.traces).toEqual([
      { kind: 'lightcurve', x: 'expMidptMJD', y: 'psfFlux', by: 'band', yerr: 'psfFluxErr' }
    ]);
  });

  it('is a colour-magnitude diagram, bright stars on top', () => {
    const chart = defaultChart([ID, MAG, COLOUR]);
    expect(chart?.traces[0]).toMatchObject({ x: 'bp_rp', y: 'g' });
    expect(chart?.y.reversed).toBe(true);
    expect(chart?.x.reversed).toBeUndefined();
  });

  it('counts the rows along the only number, and is none without numbers', () => {
    expect(defaultChart([TEXT, MAG])?.traces).toEqual([{ kind: 'histogram', x: 'g' }]);
    expect(defaultChart([TEXT, column('array', { arraysize: '3' })])).toBeNull();
  });

  it('leaves errors and identifiers out', () => {
    const [trace] = defaultChart([ID, column('ra_error'), column('a'), column('b')])!.traces;
    expect(trace).toMatchObject({ x: 'a', y: 'b' });
  });
});

describe('an axis', () => {
  it('runs as its quantity does', () => {
    expect(axisFor([MAG], 'g')).toEqual({ reversed: true });
    expect(axisFor([MAG], '-g')).toEqual({});
  });
});

describe('a chart of a layout or a link', () => {
  it('comes back as it was', () => {
    const chart = {
      version: 1,
      title: 'Stars',
      x: { log: true, range: [1, 10] },
      y: { reversed: true, label: 'G' },
      traces: [
        {
          kind: 'scatter',
          x: 'a',
          y: 'b',
          color: 'c',
          view: { sort: [], filter: [['a', '>', 1]], where: ['b < 2'] }
        },
        { kind: 'histogram', x: 'a', bins: 10 }
      ],
      follow: true
    };
    expect(parseChart(JSON.parse(JSON.stringify(chart)))).toEqual(chart);
  });

  it.each([
    [null],
    [{ version: 2, traces: [] }],
    [{ version: 1, traces: [{ kind: 'pie', x: 'a' }] }],
    [{ version: 1, traces: [{ kind: 'scatter', x: 'a' }] }],
    [{ version: 1, traces: [{ kind: 'histogram', x: 'a' }], x: { range: [2, 1] } }],
    [{ version: 1, traces: [{ kind: 'histogram', x: 'a', by: 7 }] }],
    [{ version: 1, traces: [{ kind: 'histogram', x: 'a'.repeat(20_001) }] }]
  ])('is refused when it is none: %j', value => {
    expect(() => parseChart(value)).toThrow(SpecError);
  });
});
