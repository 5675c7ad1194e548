import { Int32, Table, tableToIPC, vectorFromArray } from 'apache-arrow';
import { describe, expect, it } from 'vitest';

import { gridFrom, pointsFrom } from './drawing';

function reply(body: ArrayBuffer | Uint8Array, headers: Record<string, string>): Response {
  return new Response(new Uint8Array(body), { headers });
}

describe('what charts get', () => {
  it('are counts of a grid', async () => {
    const cells = new Uint32Array([0, 1, 2, 4_000_000_000, 5, 6]);
    const grid = await gridFrom(
      reply(cells.buffer, {
        'X-LSP-Type': 'uint32',
        'X-LSP-Width': '3',
        'X-LSP-Height': '2',
        'X-LSP-Box': '-1.5,2,1e-3,4',
        'X-LSP-Rows': '14',
        'X-LSP-Min': '1',
        'X-LSP-Max': '4000000000'
      })
    );
    expect(grid).toMatchObject({ width: 3, height: 2, rows: 14, least: 1, most: 4e9 });
    expect(grid.box).toEqual([-1.5, 2, 0.001, 4]);
    expect([...grid.cells]).toEqual([...cells]);
  });

  it('are means of a grid without any row', async () => {
    const cells = new Float32Array([NaN, NaN]);
    const headers = { 'X-LSP-Type': 'float32', 'X-LSP-Width': '2', 'X-LSP-Height': '1' };
    const grid = await gridFrom(reply(cells.buffer, { ...headers, 'X-LSP-Box': '0,1,0,1' }));
    expect([grid.least, grid.most]).toEqual([null, null]);
    expect([...grid.cells].every(Number.isNaN)).toBe(true);
  });

  it('are rows, and how many there are', async () => {
    const table = new Table({ x: vectorFromArray([1, 2, 3], new Int32()) });
    const points = await pointsFrom(reply(tableToIPC(table), { 'X-LSP-Rows': '3' }));
    expect(points.rows).toBe(3);
    expect([...points.table.getChild('x')!]).toEqual([1, 2, 3]);
  });
});
