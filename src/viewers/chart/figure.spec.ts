import { Float64, Int32, Table, Utf8, vectorFromArray } from 'apache-arrow';
import { describe, expect, it } from 'vitest';

import { phase, plain } from './drawn';
import type { Attributes, ChartTheme, Drawn } from './drawn';
import { extent, figure } from './figure';
import { combined, within } from './folded';
import { cellAt, colourRange, pixels } from './image';
import { keyOf, pointSet } from './load';
import { places } from './points';
import type { Density } from './source';
import type { ChartSpec, TraceSpec } from './spec';
import { moved } from './window';

const THEME: ChartTheme = {
  background: 'rgb(255, 255, 255)',
  text: 'black',
  faint: 'grey',
  line: 'silver',
  font: 'sans-serif',
  size: 12,
  dark: false
};
const TABLE = new Table({
  __row__: vectorFromArray([4, 7, 9], new Int32()),
  x: vectorFromArray([1, 2, 3], new Float64()),
  y: vectorFromArray([10, 20, 30], new Float64()),
  color: vectorFromArray(['<b>a</b>', 'r', null], new Utf8()),
  yerr: vectorFromArray([0.5, null, -1], new Float64())
});
const spec = (trace: TraceSpec, more: Partial<ChartSpec> = {}): ChartSpec => ({
  version: 1,
  x: {},
  y: {},
  traces: [trace],
  ...more
});

function draw(
  chart: ChartSpec,
  ranges: ReadonlyArray<readonly [number, number]> = []
): {
  data: readonly Attributes[];
  layout: Attributes;
} {
  const drawn: Drawn[] = chart.traces.map(trace => ({
    trace,
    loaded: pointSet(keyOf(chart, trace), null, TABLE),
    columns: [{ name: 'x1', unit: 'deg' }],
    selection: { ranges, rows: ranges.length, revision: 1 },
    highlight: 9
  }));
  return figure(chart, drawn, THEME, 'pan');
}

describe('text of data', () => {
  it('is never read as HTML', () => {
    expect(plain('<a href="javascript:1">x</a> & y')).toBe(
      '&lt;a href="javascript:1"&gt;x&lt;/a&gt; &amp; y'
    );
    const trace: TraceSpec = { kind: 'scatter', x: 'x1', y: '<i>y</i>', color: 'c' };
    const { data, layout } = draw(spec(trace, { title: '<b>t</b>' }));
    const texts = JSON.stringify([data.map(one => one.name), layout]);
    expect(texts).not.toContain('<');
    expect(texts).toContain('&lt;b&gt;a&lt;/b&gt;');
  });
});

describe('points', () => {
  it('are grouped by a text, with what is selected and looked at on top', () => {
    const trace: TraceSpec = { kind: 'scatter', x: 'x1', y: 'y1', color: 'c', yerr: 'e' };
    const { data } = draw(spec(trace), [[7, 8]]);
    expect(data.map(one => one.name)).toEqual([
      'r',
      '(none)',
      '&lt;b&gt;a&lt;/b&gt;',
      'selected',
      'highlight'
    ]);
    expect(data[3]).toMatchObject({ x: [2], y: [20] });
    expect(data[4]).toMatchObject({ x: [3], y: [30] });
    expect(data[1].error_y).toMatchObject({ array: [1], symmetric: true });
    expect(data[0].error_y).toMatchObject({ array: [0] });
  });

  it('of a light curve are folded, and shown over two periods', () => {
    const trace: TraceSpec = { kind: 'lightcurve', x: 't', y: 'm', period: 2, epoch: 1 };
    const { data, layout } = draw(spec(trace));
    expect(data[0].x).toEqual([0, 0.5, 0, 1, 1.5, 1]);
    expect(layout.xaxis).toMatchObject({ range: [0, 2] });
    expect(phase(-0.25, 1, 0)).toBe(0.75);
  });

  it('are joined by a line in the order of x', () => {
    const set = { x: Float64Array.of(3, 1, 2), y: Float64Array.of(30, 10, 20) };
    const line = places({ kind: 'line', x: 'x', y: 'y' }, set, [0, 1, 2]);
    expect(line).toMatchObject({ x: [1, 2, 3], y: [10, 20, 30] });
  });
});

describe('axes', () => {
  it('have a little room, names with units, and run backwards or by the logarithm', () => {
    const trace: TraceSpec = { kind: 'scatter', x: 'x1', y: 'y1' };
    const { layout } = draw(
      spec(trace, { x: { reversed: true }, y: { log: true, range: [1, 100] } })
    );
    expect(layout.xaxis).toMatchObject({ title: { text: 'x1 [deg]' }, range: [3.08, 0.92] });
    expect(layout.yaxis).toMatchObject({ type: 'log', range: [0, 2] });
    expect(extent([], false)).toEqual([0, 1]);
    expect(extent([[0, 0]], false)).toEqual([-0.5, 0.5]);
  });

  it('are zoomed around the middle, and moved as they are seen', () => {
    expect(moved({}, [0, 10], 2, 0)).toEqual([2.5, 7.5]);
    expect(moved({ reversed: true }, [0, 10], 1, 0.1)).toEqual([-1, 9]);
    expect(moved({ log: true }, [1, 100], 1, 0.5)).toEqual([10, 1000]);
  });
});

describe('a grid', () => {
  const grid: Density = {
    width: 2,
    height: 2,
    box: [0, 2, 1, 100],
    rows: 6,
    least: 1,
    most: 5,
    // From the low ends: nothing and one below, five and nothing above.
    cells: new Uint32Array([0, 1, 5, 0])
  };
  const paint = {
    map: 'viridis',
    statistic: 'count',
    log: true,
    reverseX: false,
    reverseY: false
  } as const;

  it('has its high end of y on top, unless it is reversed, and is clear where no row is', () => {
    const opaque = (data: Uint8ClampedArray): number[] => [3, 7, 11, 15].map(i => data[i]);
    expect(opaque(pixels(grid, paint))).toEqual([255, 0, 0, 255]);
    expect(opaque(pixels(grid, { ...paint, reverseX: true }))).toEqual([0, 255, 255, 0]);
    expect(opaque(pixels(grid, { ...paint, reverseY: true }))).toEqual([0, 255, 255, 0]);
    expect([...pixels(grid, paint).slice(0, 3)]).toEqual([253, 231, 37]);
    expect(colourRange(grid, paint)).toEqual([1, 5]);
  });

  it('is read at a place, by the logarithm too', () => {
    expect(cellAt(grid, 0.5, 60, false, true)).toBe(5);
    expect(cellAt(grid, 1.5, 5, false, true)).toBe(1);
    expect(cellAt(grid, 3, 5, false, true)).toBeNull();
  });
});

describe('selecting in a folded light curve', () => {
  it('finds rows of either period, and changes what was selected', () => {
    const trace: TraceSpec = { kind: 'lightcurve', x: 't', y: 'm', period: 2, epoch: 1 };
    const set = pointSet('', null, TABLE);
    expect(within(trace, set, { box: [1.2, 1.8, 0, 100] })).toEqual([[7, 8]]);
    const triangle = [
      [-0.5, 5],
      [0.2, 5],
      [0, 40]
    ] as const;
    expect(within(trace, set, { polygon: triangle })).toEqual([
      [4, 5],
      [9, 10]
    ]);
    expect(combined([[0, 8]], [[7, 8]], 'intersect')).toEqual([[7, 8]]);
    expect(combined([[0, 8]], [[7, 8]], 'remove')).toEqual([[0, 7]]);
  });
});
