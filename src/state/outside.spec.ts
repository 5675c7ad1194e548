import { describe, expect, it, vi } from 'vitest';

import type { ColumnInfo, Service } from '../api/models';
import { condition } from './constraints';
import { emptyForm, writeQuery } from './form';
import type { SkyForm } from './form';
import { OutsideModel, corners, inIcrs, outsideTable } from './outside';

const COLUMNS: readonly ColumnInfo[] = [
  { name: '"e_RA(ICRS)"', datatype: 'double' },
  { name: 'RAJ2000', datatype: 'double', ucd: 'pos.eq.ra;meta.main' },
  { name: 'DEJ2000', datatype: 'double', ucd: 'pos.eq.dec;meta.main' },
  { name: 'var', datatype: 'boolean' }
];
const HIP = outsideTable('"I/239/hip_main"', 'Hipparcos', COLUMNS);
const SERVICE: Service = { name: 'far', url: 'https://far/tap', title: 'Far', own: false };

function region(sky: Partial<SkyForm>): string {
  const form = emptyForm(HIP);
  return writeQuery({ ...form, limit: '', sky: { ...form.sky, ...sky } }, HIP).split('\n')[2];
}

describe('a query for an outside service', () => {
  it('names table and columns as the service does', () => {
    const form = { ...emptyForm(HIP), columns: ['RAJ2000', '"e_RA(ICRS)"'] };
    expect(writeQuery(form, HIP)).toBe(
      'SELECT TOP 1000 RAJ2000, "e_RA(ICRS)"\nFROM "I/239/hip_main"'
    );
    const yes = { column: 'var', op: 'is', value: 'true', high: '' } as const;
    expect(condition(yes, COLUMNS[3], '', true)).toBe("var = 'True'");
  });

  it.each([
    [
      { shape: 'cone', centre: '10 20', radius: '6', unit: 'arcmin' },
      "WHERE 1 = CONTAINS(POINT('ICRS', RAJ2000, DEJ2000), CIRCLE('ICRS', 10, 20, 0.1))"
    ],
    // The pole and the centre of the Galaxy.
    [
      { shape: 'cone', frame: 'GALACTIC', centre: '0 90', radius: '1' },
      "WHERE 1 = CONTAINS(POINT('ICRS', RAJ2000, DEJ2000), CIRCLE('ICRS', 192.85948, 27.12825, 1))"
    ],
    [
      { shape: 'polygon', positions: '1 2\n3 4\n5 0' },
      "WHERE 1 = CONTAINS(POINT('ICRS', RAJ2000, DEJ2000), POLYGON('ICRS', 1, 2, 3, 4, 5, 0))"
    ],
    [
      { shape: 'list', positions: '1 2\n3 4', radius: '1' },
      "WHERE (1 = CONTAINS(POINT('ICRS', RAJ2000, DEJ2000), CIRCLE('ICRS', 1, 2, 1))"
    ]
  ] as const)('asks for %j', (sky, expected) => {
    expect(region(sky).replace(/(\d\.\d{6})\d+/g, '$1')).toBe(expected);
  });

  it('writes a box as the polygon it is', () => {
    expect(region({ shape: 'box', centre: '10 0', width: '2', height: '2' })).toContain(
      "POLYGON('ICRS', 9, "
    );
    const [one, , three] = corners(['0', '0'], 2, 2, 'ICRS');
    expect([one[0], three[0]]).toEqual(['359', '1']);
    expect(Number(three[1])).toBeCloseTo(0.99985, 5);
    expect(() => region({ shape: 'box', centre: '0 0', width: '200', height: '2' })).toThrow('180');
  });

  it('leaves a position in ICRS as it was written', () => {
    expect(inIcrs(['10.680000000001', '41.27'], 'ICRS')).toEqual(['10.680000000001', '41.27']);
    const [lon, lat] = inIcrs(['0', '0'], 'GALACTIC').map(Number);
    expect(lon).toBeCloseTo(266.40499, 4);
    expect(lat).toBeCloseTo(-28.93617, 4);
  });
});

describe('the tables of a service', () => {
  function made(): { model: OutsideModel; ask: ReturnType<typeof vi.fn> } {
    const ask = vi.fn((_: string, table: string) =>
      table === 'gone' ? Promise.reject(new Error('It is gone.')) : Promise.resolve(COLUMNS)
    );
    const tables = [{ schema: 's', name: 's.t', description: 'Stars' }];
    const model = new OutsideModel(
      { serviceTables: () => Promise.resolve({ tables, found: 1, total: 5 }), serviceColumns: ask },
      0
    );
    return { model, ask };
  }

  it('are asked for when somebody looks, and not before', async () => {
    const { model, ask } = made();
    model.setService(SERVICE);
    expect(ask).not.toHaveBeenCalled();
    model.look('');
    await vi.waitFor(() => expect(model.found.total).toBe(5));
    await model.choose('s.t');
    expect(model.table).toMatchObject({
      name: 's.t',
      description: 'Stars',
      position: ['RAJ2000', 'DEJ2000'],
      outside: true
    });
    await model.choose('gone');
    expect(model.error?.message).toBe('It is gone.');
    expect(model.table?.name).toBe('s.t');
  });

  it('are forgotten with the service, and a late answer with them', async () => {
    const { model } = made();
    model.setService(SERVICE);
    const late = model.choose('s.t');
    model.setService(null);
    await late;
    expect([model.table, model.reading]).toEqual([null, false]);
  });
});
