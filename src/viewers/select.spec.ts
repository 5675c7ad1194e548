// @vitest-environment jsdom
import { Table, makeVector } from 'apache-arrow';
import { beforeEach, describe, expect, it } from 'vitest';

import { MemorySource } from '../testing/memory';
import { TableModel } from './model';
import { RowSelector } from './select';

const ROWS = 3000;

let source: MemorySource;
let model: TableModel;
let selector: RowSelector;

beforeEach(async () => {
  source = new MemorySource(new Table({ x: makeVector(new Float64Array(ROWS)) }));
  model = new TableModel(source);
  selector = new RowSelector(model);
  model.show(0, 30);
  await new Promise(resolve => setTimeout(resolve, 10));
});

const rows = (): number[] =>
  source.selection.ranges.flatMap(([a, b]) => [...Array(b - a).keys()].map(i => a + i));

describe('the selection', () => {
  it('follows click, shift and ctrl', async () => {
    selector.pick(5);
    expect(selector.has(5)).toBe(true);
    expect(source.selected).toEqual([]);
    await selector.commit();
    expect(rows()).toEqual([5]);
    selector.extend(7);
    await selector.commit();
    expect(rows()).toEqual([5, 6, 7]);
    selector.toggle(20);
    await selector.commit();
    expect(rows()).toEqual([5, 6, 7, 20]);
    selector.toggle(6);
    await selector.commit();
    expect(rows()).toEqual([5, 7, 20]);
    selector.pick(1);
    await selector.commit();
    expect(rows()).toEqual([1]);
    selector.clear();
    await new Promise(resolve => setTimeout(resolve));
    expect(rows()).toEqual([]);
  });

  it('means rows of the result, however they are sorted', async () => {
    await model.setView({ sort: [['x', 'desc']], filter: [] });
    selector.pick(0);
    selector.extend(2);
    expect(selector.count).toBe(3);
    await selector.commit();
    expect(rows()).toEqual([ROWS - 3, ROWS - 2, ROWS - 1]);
    expect([0, 1, 2, 3].map(row => selector.has(row))).toEqual([true, true, true, false]);
    selector.toggle(10);
    await selector.commit();
    expect(rows()).toEqual([ROWS - 11, ROWS - 3, ROWS - 2, ROWS - 1]);
  });

  it('leaves rows it never saw to the server', async () => {
    const view = { sort: [['x', 'desc']], filter: [] } as const;
    await model.setView(view);
    selector.all();
    await new Promise(resolve => setTimeout(resolve));
    expect(source.selected).toEqual([[[[0, ROWS]], view]]);
    expect(selector.count).toBe(ROWS);
  });

  it('sends only the last of quick gestures', async () => {
    selector.pick(1);
    const first = selector.commit();
    selector.pick(2);
    const second = selector.commit();
    selector.pick(3);
    await Promise.all([first, second, selector.commit()]);
    expect(source.selected.map(([ranges]) => ranges)).toEqual([[[3, 4]]]);
    expect(rows()).toEqual([3]);
  });

  it('sends a gesture once, and whoever asks again waits for it', async () => {
    selector.pick(3);
    expect(await Promise.all([selector.commit(), selector.commit()])).toEqual([true, true]);
    expect(rows()).toEqual([3]);
    expect(source.selected).toHaveLength(1);
  });

  it('tells whoever waits that a gesture was refused', async () => {
    source.select = () => Promise.reject(new Error('no'));
    selector.pick(3);
    expect(await Promise.all([selector.commit(), selector.commit()])).toEqual([false, false]);
    expect(selector.count).toBe(0);
  });

  it('shows what others select', async () => {
    let told = 0;
    selector.changed.connect(() => (told += 1));
    await source.select([[8, 10]], { sort: [], filter: [] });
    expect(told).toBe(1);
    expect(selector.has(9)).toBe(true);
    expect(selector.count).toBe(2);
  });
});
