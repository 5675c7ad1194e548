// @vitest-environment jsdom
import { Table, makeVector } from 'apache-arrow';
import { describe, expect, it } from 'vitest';

import { MemorySource } from '../testing/memory';
import { FilterError } from './filters';
import { TableModel } from './model';
import { Showing } from './showing';

function begin(): { source: MemorySource; model: TableModel; showing: Showing } {
  const table = new Table({ x: makeVector(Float64Array.of(3, 1, 2)) });
  const source = new MemorySource(table, 3, false);
  const model = new TableModel(source);
  return { source, model, showing: new Showing(model) };
}

describe('what is shown of a table', () => {
  it('is taken back when the server refuses it', async () => {
    const { source, showing } = begin();
    const first = showing.sort('x', 'desc', false);
    expect(showing.order('x')).toBe('desc');
    source.requests[0].answer();
    expect(await first).toBe(true);
    const second = showing.change({ where: ['x >'] });
    source.requests[1].refuse(new Error('no condition'));
    expect(await second).toBe(false);
    expect(showing.view).toEqual({ sort: [['x', 'desc']], filter: [] });
  });

  it('is taken back to what was on screen, however much was wanted since', async () => {
    const { source, showing } = begin();
    const first = showing.sort('x', 'asc', false);
    const second = showing.filter('x', '< 2');
    expect(showing.view.filter).toEqual([['x', '<', 2]]);
    source.requests[1].refuse(new Error('no'));
    expect([await first, await second]).toEqual([false, false]);
    expect(showing.view).toEqual({ sort: [], filter: [] });
  });

  it('is given up when a person cancels it', async () => {
    const { source, model, showing } = begin();
    const done = showing.sort('x', 'asc', false);
    expect(model.busy).toBe(true);
    model.cancel();
    expect(await done).toBe(false);
    expect(source.requests[0].signal.aborted).toBe(true);
    expect(model.error).toBeNull();
    expect(showing.order('x')).toBeUndefined();
  });

  it('changes computed columns in their place', () => {
    const { showing } = begin();
    void showing.derive(['a', 'x + 1']);
    void showing.derive(['b', 'a + 1']);
    void showing.sort('a', 'asc', false);
    void showing.derive(['c', 'x + 2'], 'a');
    expect(showing.wanted.derive.map(([name]) => name)).toEqual(['c', 'b']);
    expect(showing.wanted.sort).toEqual([]);
    void showing.underive('b');
    expect(showing.wanted.derive).toEqual([['c', 'x + 2']]);
  });

  it('takes no filter that cannot be understood', () => {
    const { showing } = begin();
    expect(() => showing.filter('x', 'ten')).toThrow(FilterError);
    expect(showing.view.filter).toEqual([]);
  });
});
