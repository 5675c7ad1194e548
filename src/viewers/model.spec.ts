// @vitest-environment jsdom
import { Int64, Table, makeVector, vectorFromArray } from 'apache-arrow';
import { describe, expect, it } from 'vitest';

import { MemorySource } from '../testing/memory';
import { LOADING, TableModel, pageRows } from './model';
import type { TableView } from './source';

const ROWS = 2500;
const BACKWARDS: TableView = { sort: [['x', 'desc']], filter: [] };

function table(rows = ROWS): Table {
  const ids = Array.from({ length: rows }, (_, i) => 9007199254740993n + BigInt(i));
  return new Table({
    x: makeVector(Float64Array.from({ length: rows }, (_, i) => i / 2)),
    id: vectorFromArray(ids, new Int64())
  });
}

const settled = (): Promise<void> => new Promise(resolve => setTimeout(resolve, 60));

describe('the table model', () => {
  it('asks for what is on screen and nothing else', async () => {
    const source = new MemorySource(table());
    const model = new TableModel(source);
    expect(model.data('body', 0, 0)).toBe(LOADING);
    model.show(1200, 1240);
    await settled();
    expect(source.requests.map(request => [request.start, request.count])).toEqual([[1000, 500]]);
    expect(model.text(1200, 1)).toBe('9007199254742193');
    expect(model.text(0, 0)).toBeUndefined();
    expect(model.rowCount('body')).toBe(ROWS);
    model.dispose();
  });

  it('cancels pages a fast scroll left behind', async () => {
    const source = new MemorySource(table(), ROWS, false);
    const model = new TableModel(source);
    model.show(100, 140);
    await settled();
    model.show(2100, 2140);
    await settled();
    expect(source.requests.map(request => request.signal.aborted)).toEqual([true, false]);
    model.dispose();
  });

  it('keeps the old rows until the new view is there', async () => {
    const source = new MemorySource(table(), ROWS, false);
    const model = new TableModel(source);
    model.show(0, 30);
    source.requests[0].answer();
    await settled();
    const done = model.setView(BACKWARDS);
    expect(model.busy).toBe(true);
    expect(model.text(0, 0)).toBe('0.0');
    expect(model.rowId(0)).toBe(0);
    source.requests[1].answer();
    expect(await done).toBe(true);
    expect(model.text(0, 0)).toBe('1249.5');
    expect(model.rowId(0)).toBe(ROWS - 1);
    model.dispose();
  });

  it('forgets a view that was overtaken, and stays as it was when one fails', async () => {
    const source = new MemorySource(table(), ROWS, false);
    const model = new TableModel(source);
    const first = model.setView(BACKWARDS);
    const second = model.setView({ sort: [], filter: [['x', '<', 1]] });
    expect(source.requests[0].signal.aborted).toBe(true);
    expect(await first).toBe(false);
    expect(model.error).toBeNull();
    source.requests[1].refuse(new Error('no such column'));
    expect(await second).toBe(false);
    expect(String(model.error)).toContain('no such column');
    expect(model.view.filter).toEqual([]);
    model.dispose();
  });

  it('grows with its source and reads the last page again', async () => {
    const source = new MemorySource(table(), 30);
    source.complete = false;
    const model = new TableModel(source);
    model.show(0, 30);
    await settled();
    expect(model.text(29, 0)).toBe('14.5');
    expect(model.text(30, 0)).toBeUndefined();
    source.rows = 700;
    source.tell('rows');
    expect(model.rowCount('body')).toBe(700);
    await settled();
    expect(model.text(30, 0)).toBe('15.0');
    model.dispose();
  });

  it('takes smaller pages from a server that gives smaller ones', async () => {
    const source = new MemorySource(table());
    source.limit = 100;
    const model = new TableModel(source);
    model.show(150, 180);
    await settled();
    expect(model.text(150, 0)).toBe('75.0');
    expect(model.text(180, 0)).toBe('90.0');
    model.dispose();
  });

  it('has smaller pages for wider tables', () => {
    expect([1, 40, 100, 2000].map(pageRows)).toEqual([500, 500, 200, 50]);
  });
});
