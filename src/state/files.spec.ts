import { describe, expect, it, vi } from 'vitest';

import type { DataFile, DataFiles } from '../api/models';
import { FilesModel, isDataFile, partsOf } from './files';

const file = (path: string): DataFile => ({ path, size: 8, changed: '2026-11-23T10:00:00Z' });

const answer = (...paths: string[]): DataFiles => ({ files: paths.map(file), complete: true });

describe('the data files of the folder', () => {
  it('are found by what is in their paths', async () => {
    const model = new FilesModel({
      files: () => Promise.resolve(answer('stars.csv', 'deep/Sky.FITS'))
    });
    const changed = vi.fn();
    model.changed.connect(changed);
    expect(model.loaded).toBe(false);
    await model.refresh();
    expect(changed).toHaveBeenCalledTimes(1);
    expect(model.list.map(one => one.path)).toEqual(['stars.csv', 'deep/Sky.FITS']);
    model.search = ' SKY ';
    expect(model.list.map(one => one.path)).toEqual(['deep/Sky.FITS']);
    model.search = 'nothing';
    expect(model.list).toEqual([]);
    expect(model.empty).toBe(false);
  });

  it('stay as they were when they cannot be read, and an older answer is dropped', async () => {
    const answers: Array<(told: DataFiles) => void> = [];
    let fail = false;
    const model = new FilesModel({
      files: () =>
        fail
          ? Promise.reject(new Error('gone'))
          : new Promise<DataFiles>(resolve => answers.push(resolve))
    });
    const first = model.refresh();
    const second = model.refresh();
    answers[1](answer('new.csv'));
    answers[0](answer('old.csv'));
    await Promise.all([first, second]);
    expect(model.list.map(one => one.path)).toEqual(['new.csv']);
    fail = true;
    await model.refresh();
    expect(model.error).not.toBeNull();
    expect(model.list).toHaveLength(1);
  });

  it.each([
    ['a.vot', true],
    ['b.FITS.gz', true],
    ['c.fit', true],
    ['d.parquet', true],
    ['e.csv', true],
    ['f.txt', false],
    ['csv', false],
    ['g.csv.zip', false]
  ])('%s holds a table: %s', (name, held) => {
    expect(isDataFile(name)).toBe(held);
  });

  it('have a folder and a name', () => {
    expect(partsOf('a/b/c.csv')).toEqual({ folder: 'a/b/', name: 'c.csv' });
    expect(partsOf('c.csv')).toEqual({ folder: '', name: 'c.csv' });
  });
});
