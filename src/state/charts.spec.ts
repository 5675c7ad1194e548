import { describe, expect, it, vi } from 'vitest';

import type { Client } from '../api/client';
import { PortalChartSource } from './charts';
import type { PortalSource } from './results';

const signal = new AbortController().signal;

function setUp(): {
  source: PortalChartSource;
  client: Record<string, ReturnType<typeof vi.fn>>;
  took: unknown[];
} {
  const took: unknown[] = [];
  const answer = (value: unknown): ReturnType<typeof vi.fn> => vi.fn(() => Promise.resolve(value));
  const client = {
    points: answer({ rows: 0 }),
    density: answer({}),
    histogram: answer({}),
    region: answer({ ranges: [[0, 2]], rows: 2, revision: 1 }),
    checkValue: answer({ column: { unit: 'mag', datatype: 'float' } })
  };
  const own = { id: 'job', take: (selection: unknown) => took.push(selection) };
  const source = new PortalChartSource(
    client as unknown as Client,
    own as unknown as PortalSource,
    'stars'
  );
  return { source, client, took };
}

describe('what charts ask for', () => {
  it('has no view where that shows everything', async () => {
    const { source, client } = setUp();
    const view = { sort: [['ra', 'asc'] as const], filter: [] };
    await source.points(
      { x: 'ra', y: 'dec', view },
      { color: 'g', size: '' },
      10,
      undefined,
      signal
    );
    expect(client.points).toHaveBeenCalledWith(
      'job',
      { x: 'ra', y: 'dec', view: undefined, columns: { color: 'g' }, limit: 10, box: undefined },
      signal
    );
  });

  it('has the rows of the view, whatever their order', async () => {
    const { source, client } = setUp();
    const view = { sort: [['ra', 'asc'] as const], filter: [['g', '<', 5] as const] };
    await source.density({ x: 'ra', y: 'dec', view }, { width: 4, height: 4 }, signal);
    const [, asked] = client.density.mock.calls[0] as [string, { view: unknown }];
    expect(asked.view).toEqual({ sort: [], filter: [['g', '<', 5]] });
    const subset = { sort: [], filter: [], subset: 'bright' };
    await source.density({ x: 'ra', y: 'dec', view: subset }, { width: 4, height: 4 }, signal);
    const [, again] = client.density.mock.calls[1] as [string, { view: unknown }];
    expect(again.view).toMatchObject({ subset: 'bright' });
  });

  it('makes the selection of the result', async () => {
    const { source, client, took } = setUp();
    await source.region({ x: 'ra', y: 'dec' }, { box: [0, 1, 2, 3] }, 'add', signal);
    expect(client.region).toHaveBeenCalledWith(
      'job',
      { x: 'ra', y: 'dec', view: undefined, box: [0, 1, 2, 3], mode: 'add' },
      signal
    );
    expect(took).toEqual([{ ranges: [[0, 2]], rows: 2, revision: 1 }]);
  });

  it('is an expression that is right, or told to be wrong', async () => {
    const { source, client } = setUp();
    expect(await source.check('g - r', undefined, signal)).toEqual({
      unit: 'mag',
      datatype: 'float'
    });
    client.checkValue.mockResolvedValueOnce({ error: { message: 'no column q' } });
    expect(await source.check('q', undefined, signal)).toEqual({ error: 'no column q' });
  });
});
