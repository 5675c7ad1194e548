import { Float64, Int32, Table, vectorFromArray } from 'apache-arrow';
import { describe, expect, it } from 'vitest';

import { load } from './load';
import type { Box, ChartSource, Density } from './source';
import type { ChartSpec, TraceSpec } from './spec';

/** Rows along x from 0 up, one a unit. */
class Line {
  constructor(readonly rows: number) {}

  selection = { ranges: [], rows: 0, revision: 0 };

  readonly asked: string[] = [];

  private _inside(box: Box | undefined): number {
    return box ? Math.max(0, Math.min(this.rows, box[1]) - Math.max(0, box[0])) : this.rows;
  }

  points = (
    _plane: unknown,
    _columns: unknown,
    limit: number,
    box: Box | undefined
  ): Promise<{ rows: number; table: Table }> => {
    this.asked.push('points');
    const rows = this._inside(box);
    const x = Array.from({ length: rows > limit ? 0 : rows }, (_, i) => i);
    const doubles = vectorFromArray(x, new Float64());
    const table = new Table({ __row__: vectorFromArray(x, new Int32()), x: doubles, y: doubles });
    return Promise.resolve({ rows, table });
  };

  density = (plane: { selected?: boolean }, { box }: { box?: Box }): Promise<Density> => {
    this.asked.push(plane.selected ? 'selected' : 'density');
    const cells = new Uint32Array(1);
    const all: Box = box ?? [0, this.rows, 0, 1];
    return Promise.resolve({
      width: 1,
      height: 1,
      box: all,
      rows: this._inside(box),
      least: 1,
      most: 1,
      cells
    });
  };
}

const TRACE: TraceSpec = { kind: 'scatter', x: 'x', y: 'y' };
const at = (range?: readonly [number, number]): ChartSpec => ({
  version: 1,
  x: { range },
  y: { range },
  traces: [TRACE]
});

function loader(rows: number): {
  line: Line;
  go: (
    spec: ChartSpec,
    before?: Awaited<ReturnType<typeof load>> | null
  ) => ReturnType<typeof load>;
} {
  const line = new Line(rows);
  const signal = new AbortController().signal;
  return {
    line,
    go: (spec, before = null) =>
      load(line as unknown as ChartSource, spec, spec.traces[0], [100, 100], before, signal)
  };
}

describe('what a chart asks for', () => {
  it('is the points, once, when they are few: zooming asks for nothing', async () => {
    const { line, go } = loader(100);
    const first = await go(at());
    expect(first.kind).toBe('points');
    expect(await go(at([0, 10]), first)).toBe(first);
    expect(line.asked).toEqual(['points']);
  });

  it('is a grid while there are many, and points where they are few', async () => {
    const { line, go } = loader(1_000_000);
    const all = await go(at());
    expect(all.kind).toBe('grid');
    const part = await go(at([0, 500_000]), all);
    expect(part.kind).toBe('grid');
    const few = await go(at([0, 500]), part);
    expect(few.kind).toBe('points');
    expect(await go(at([10, 20]), few)).toBe(few);
    expect((await go(at([0, 900_000]), few)).kind).toBe('grid');
    expect(line.asked).toEqual(['density', 'density', 'density', 'points', 'points', 'density']);
  });

  it('is what is selected, once for each selection, where rows are counted', async () => {
    const { line, go } = loader(1_000_000);
    const first = await go(at());
    line.selection = { ranges: [], rows: 5, revision: 1 };
    const second = await go(at(), first);
    const third = await go(at(), second);
    expect(line.asked).toEqual(['density', 'selected']);
    expect(third).toMatchObject({ chosen: { revision: 1 } });
    line.selection = { ranges: [], rows: 0, revision: 2 };
    expect(await go(at(), third)).toMatchObject({ chosen: null });
    expect(line.asked).toHaveLength(2);
  });

  it('is asked anew when the axes are others', async () => {
    const { line, go } = loader(100);
    const first = await go(at());
    await go({ ...at(), x: { log: true } }, first);
    expect(line.asked).toEqual(['points', 'points']);
  });
});
