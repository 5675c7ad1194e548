import { describe, expect, it } from 'vitest';

import type { Place } from '../celestial/sphere';
import type { Point } from '../image/geometry';
import { region } from '../regions/region';
import { Cells, orderOf, paletteOf } from './cells';
import { Coverage } from './coverage';
import { Footprints } from './footprints';
import { LAYERS, Overlays } from './surface';
import type { Placing } from './surface';

/** A flat sky: ten pixels a degree, 0, 0 in the middle, east left. */
const FLAT: Placing = {
  size: [200, 100],
  pixel: () => null,
  pixelAt: () => null,
  sky: ([lon, lat]) => [100 - 10 * ((((lon + 180) % 360) + 360) % 360) + 1800, 50 - 10 * lat],
  skyAt: ([x, y]) => [((100 - x) / 10 + 360) % 360, (50 - y) / 10]
};

/** What was drawn, of a canvas that keeps notes. */
class Notes {
  readonly calls: [string, ...unknown[]][] = [];

  context(): CanvasRenderingContext2D {
    return new Proxy({} as CanvasRenderingContext2D, {
      get:
        (_, name) =>
        (...args: unknown[]) =>
          void this.calls.push([String(name), ...args]),
      set: (_, name, value) => {
        this.calls.push([`=${String(name)}`, value]);
        return true;
      }
    });
  }

  count(name: string): number {
    return this.calls.filter(call => call[0] === name).length;
  }
}

/** A path that keeps its corners. */
class PathNotes {
  static made: PathNotes[] = [];

  constructor() {
    PathNotes.made.push(this);
  }

  readonly points: Point[] = [];
  rects = 0;
  moveTo(x: number, y: number): void {
    this.points.push([x, y]);
  }
  lineTo(x: number, y: number): void {
    this.points.push([x, y]);
  }
  closePath(): void {}
  rect(): void {
    this.rects += 1;
  }
}

function withPaths(draw: (context: CanvasRenderingContext2D) => void): PathNotes[] {
  const before = globalThis.Path2D;
  PathNotes.made = [];
  globalThis.Path2D = PathNotes as unknown as typeof Path2D;
  try {
    draw(new Notes().context());
  } finally {
    globalThis.Path2D = before;
  }
  return PathNotes.made;
}

describe('footprints', () => {
  const square = (row: number, half: number, lon = 0): { row: number; regions: never[] } => ({
    row,
    regions: [
      region('polygon', 'icrs', [
        [(lon - half + 360) % 360, -half],
        [lon + half, -half],
        [lon + half, half],
        [(lon - half + 360) % 360, half]
      ] as Place[])
    ] as never[]
  });

  it('are drawn where they are, those that stand out as well', () => {
    const footprints = new Footprints();
    footprints.rows = [square(3, 1), square(5, 2), square(7, 1, 90)];
    footprints.selected = [[5, 6]];
    footprints.highlight = 3;
    const [plain, chosen, looked] = withPaths(context => footprints.draw(context, FLAT));
    expect(plain.points).toHaveLength(4);
    expect(plain.points[0][0]).toBeCloseTo(110);
    expect(plain.points[0][1]).toBeCloseTo(60);
    expect(chosen.points).toHaveLength(4);
    expect(looked.points).toHaveLength(4);
  });

  it('are found: the smallest, then those around it', () => {
    const footprints = new Footprints();
    footprints.rows = [square(5, 2), square(3, 1)];
    withPaths(context => footprints.draw(context, FLAT));
    expect(footprints.hit([100, 50], null)).toBe(3);
    expect(footprints.hit([100, 50], 3)).toBe(5);
    expect(footprints.hit([100, 50], 5)).toBe(3);
    expect(footprints.hit([115, 50], 3)).toBe(5);
    expect(footprints.hit([150, 50], null)).toBeNull();
  });

  it('are circles, too', () => {
    const footprints = new Footprints();
    footprints.rows = [{ row: 0, regions: [region('circle', 'icrs', [[0, 0]], [2])] }];
    const [plain] = withPaths(context => footprints.draw(context, FLAT));
    for (const [x, y] of plain.points) {
      expect(Math.hypot(x - 100, y - 50)).toBeCloseTo(20, 1);
    }
  });
});

describe('a map of cells', () => {
  const map = (order: number, cells: number[], values: number[]): Cells =>
    new Cells({
      order,
      cells: Float64Array.from(cells),
      values: Float64Array.from(values),
      rows: Int32Array.from(cells.map((_, i) => i))
    });

  it('has the least order that has its numbers', () => {
    expect([0, 11, 12, 47, 48, 12 * 4 ** 5 - 1].map(orderOf)).toEqual([0, 0, 1, 1, 2, 5]);
  });

  it('knows which cell is where', () => {
    const cells = map(3, [100, 200], [1, 2]);
    for (const cell of [0, 100, 200, 767]) {
      const corners = cells.corners(cell);
      const lat = corners.reduce((sum, one) => sum + one[1], 0) / 4;
      const [south, , north] = corners;
      expect(cells.cellAt([Math.abs(lat) > 60 ? south[0] : north[0], lat])).toBe(cell);
    }
    expect(cells.indexOf(200)).toBe(1);
    expect(cells.indexOf(201)).toBe(-1);
  });

  it('leaves out those that stand out where it chooses its colours', () => {
    const values = Array.from({ length: 1001 }, (_, i) => i);
    values[1000] = 1e9;
    const cells = map(5, [...values.keys()], values);
    expect([cells.low, cells.high]).toEqual([5, 995]);
    expect(map(0, [1, 2, 3], [NaN, 7, 9]).low).toBe(7);
    expect(map(0, [], []).high).toBe(0);
    expect(paletteOf('viridis')).toHaveLength(64);
    expect(paletteOf('viridis')[0]).toBe('rgb(68, 1, 84)');
  });

  it('draws cells as such when they are large, and as blocks when they are many', () => {
    const here = map(3, [304], [1]).cellAt([0.5, 0.5]);
    const large = new Notes();
    map(3, [here], [1]).draw(large.context(), FLAT);
    expect(large.count('fill')).toBe(1);
    expect(large.count('fillRect')).toBe(0);
    const small = new Notes();
    const middle = map(9, [0], [0]).cellAt(FLAT.skyAt([100.5, 49.5])!);
    map(9, [middle], [1]).draw(small.context(), FLAT);
    expect(small.count('fill')).toBe(0);
    expect(small.calls.find(call => call[0] === 'fillRect')).toEqual(['fillRect', 99, 48, 3, 3]);
    const picked = new Notes();
    const one = map(3, [here], [NaN]);
    one.picked = here;
    one.draw(picked.context(), FLAT);
    // Without a value it has no colour, but one sees that it was picked.
    expect(picked.count('fill')).toBe(0);
    expect(picked.count('stroke')).toBe(1);
  });
});

describe('coverage', () => {
  it('draws cells on screen, small ones as dots', () => {
    const near = new Cells({
      order: 12,
      cells: Float64Array.of(0),
      values: Float64Array.of(0),
      rows: Int32Array.of(0)
    }).cellAt([0.5, 0.5]);
    const coverage = new Coverage({ '12': [near], '4': [Math.floor(near / 4 ** 8)], '3': [0] });
    expect(coverage.count).toBe(3);
    const [path] = withPaths(context => coverage.draw(context, FLAT));
    expect(path.rects).toBe(1);
    expect(path.points).toHaveLength(4);
  });
});

describe('layers', () => {
  it('are drawn in their order, and the tool above all', () => {
    const overlays = new Overlays();
    const order: string[] = [];
    const one = (name: string): { draw(): void } => ({ draw: () => void order.push(name) });
    for (const layer of [...LAYERS].reverse()) {
      overlays.set(layer, one(layer));
    }
    overlays.set('grid', null);
    const notes = new Notes();
    overlays.draw(notes.context(), FLAT, null);
    expect(order).toEqual(LAYERS.filter(layer => layer !== 'grid'));
    expect(notes.count('save')).toBe(notes.count('restore'));
  });
});
