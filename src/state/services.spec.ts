import { describe, expect, it, vi } from 'vitest';

import type { Client } from '../api/client';
import { PlatformError } from '../api/errors';
import type { Service } from '../api/models';
import { ServicesModel, serviceName } from './services';

const SIMBAD: Service = { name: 'simbad', url: 'https://x/tap', title: 'SIMBAD', own: false };
const MINE: Service = { ...SIMBAD, name: 'mine', own: true };

function setUp(): { model: ServicesModel; client: Record<string, ReturnType<typeof vi.fn>> } {
  const list = [SIMBAD, MINE];
  const client = {
    services: vi.fn(() => Promise.resolve([...list])),
    addService: vi.fn((name: string) => {
      list.push({ ...MINE, name });
      return Promise.resolve({ ...MINE, name });
    }),
    removeService: vi.fn((name: string) => {
      list.splice(0, list.length, ...list.filter(one => one.name !== name));
      return Promise.resolve();
    }),
    serviceTables: vi.fn((_: string, search: string) =>
      Promise.resolve({
        tables: [{ schema: 's', name: `s.${search}`, description: '' }],
        found: 1,
        total: 9
      })
    ),
    serviceColumns: vi.fn(() => Promise.resolve([{ name: 'ra' }])),
    serviceExamples: vi.fn(() => Promise.resolve([{ title: 'One', adql: 'SELECT 1' }]))
  };
  return { model: new ServicesModel(client as unknown as Client, 0), client };
}

const settled = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 5));

describe('outside services', () => {
  it('are asked nothing until somebody looks into one', async () => {
    const { model, client } = setUp();
    await model.refresh();
    model.choose('simbad');
    await settled();
    expect(model.chosen).toEqual(SIMBAD);
    expect(client.serviceTables).not.toHaveBeenCalled();
    model.look('stars');
    await settled();
    expect(model.tables[0].name).toBe('s.stars');
    expect(model.counts).toEqual([1, 9]);
    expect(model.examples).toHaveLength(1);
    await model.openTable('s.stars');
    expect([model.open, model.columns.length]).toEqual(['s.stars', 1]);
    await model.openTable('s.stars');
    expect(model.open).toBe('');
  });

  it('forget what was read when another one is chosen', async () => {
    const { model } = setUp();
    await model.refresh();
    model.choose('simbad');
    model.look('x');
    await settled();
    model.choose('mine');
    expect([model.tables, model.examples, model.counts]).toEqual([[], [], [0, 0]]);
    model.choose('');
    expect(model.chosen).toBeNull();
  });

  it('are added and removed', async () => {
    const { model } = setUp();
    await model.refresh();
    await model.add('new', 'https://y/tap', '');
    expect(model.chosen?.name).toBe('new');
    await model.remove('new');
    expect(model.chosen).toBeNull();
    expect(model.list).toHaveLength(2);
  });

  it('tell why their tables cannot be read', async () => {
    const { model, client } = setUp();
    await model.refresh();
    model.choose('simbad');
    client.serviceTables.mockRejectedValueOnce(new PlatformError({ code: 'X', message: 'Away.' }));
    model.look('');
    await settled();
    expect(model.error?.message).toBe('Away.');
    expect(model.reading).toBe(false);
  });
});

it.each([
  ['https://data.lsst.cloud/api/tap', 'data-lsst-cloud'],
  ['https://www.Example.org:8443/tap', 'example-org'],
  ['no address', '']
])('%s is called %s', (url, name) => {
  expect(serviceName(url)).toBe(name);
});
