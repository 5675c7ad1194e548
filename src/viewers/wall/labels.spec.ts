import { describe, expect, it } from 'vitest';

import type { Ranges } from '../ranges';
import { LABELS, Labels, USUAL } from './labels';

function make(): { labels: Labels; kept: Map<string, Ranges>; fail: { now: boolean } } {
  const kept = new Map<string, Ranges>();
  const fail = { now: false };
  const labels = new Labels(
    (name, rows) => {
      if (fail.now) {
        return Promise.reject(new Error('No connection.'));
      }
      kept.set(name, rows);
      return Promise.resolve();
    },
    () => undefined
  );
  return { labels, kept, fail };
}

describe('labels', () => {
  it('are one a row, and the same key takes one away', async () => {
    const { labels, kept } = make();
    labels.take(new Map());
    expect(labels.names).toEqual(USUAL);
    labels.set(4, 'keep');
    labels.set(5, 'keep');
    labels.set(5, 'reject');
    labels.set(9, 'keep');
    labels.set(9, 'keep');
    expect(labels.entries()).toEqual([
      [4, 'keep'],
      [5, 'reject']
    ]);
    expect([labels.count('keep'), labels.count('reject'), labels.size]).toEqual([1, 1, 2]);
    expect(labels.pending).toBe(true);
    await labels.flush();
    expect(labels.pending).toBe(false);
    expect(Object.fromEntries(kept)).toEqual({ keep: [[4, 5]], reject: [[5, 6]] });
  });

  it('are taken back one by one', () => {
    const { labels } = make();
    labels.set(1, 'keep');
    labels.set(1, 'reject');
    labels.set(2, 'keep');
    expect(labels.undo()).toBe(2);
    expect(labels.of(2)).toBeUndefined();
    expect(labels.undo()).toBe(1);
    expect(labels.of(1)).toBe('keep');
    labels.undo();
    expect(labels.undo()).toBeNull();
    expect(labels.size).toBe(0);
  });

  it('come back as they were kept', () => {
    const { labels } = make();
    labels.take(
      new Map([
        ['galaxy', [[2, 4]]],
        ['star', [[7, 8]]]
      ] as [string, Ranges][])
    );
    expect(labels.names).toEqual(['galaxy', 'star']);
    expect([2, 3, 4, 7].map(row => labels.of(row))).toEqual([
      'galaxy',
      'galaxy',
      undefined,
      'star'
    ]);
  });

  it('that could not be kept are tried again', async () => {
    const { labels, kept, fail } = make();
    fail.now = true;
    labels.set(1, 'keep');
    await labels.flush();
    expect(labels.problem).toEqual(new Error('No connection.'));
    expect(labels.pending).toBe(true);
    fail.now = false;
    await labels.flush();
    expect(labels.problem).toBeNull();
    expect(kept.get('keep')).toEqual([[1, 2]]);
  });

  it('are as many as there are digits', () => {
    const { labels } = make();
    expect(labels.add(' keep ')).toBe(false);
    expect(labels.add('  ')).toBe(false);
    for (let n = USUAL.length; n < LABELS; n += 1) {
      expect(labels.add(`more ${n}`)).toBe(true);
    }
    expect(labels.add('one too many')).toBe(false);
  });
});
