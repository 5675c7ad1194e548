import { describe, expect, it, vi } from 'vitest';

import type { Client } from '../api/client';
import type { Job, ResultInfo, Selection } from '../api/models';
import { PortalSource } from './results';

const INFO: ResultInfo = {
  id: 'a',
  query: '',
  columns: [],
  rows: 10,
  size: 1,
  complete: false,
  overflow: false
};
const JOB: Job = {
  id: 'a',
  phase: 'EXECUTING',
  query: '',
  origin: 'portal',
  created: '',
  rows: 50,
  size: 5,
  overflow: false
};

function setUp(answer: Selection): {
  source: PortalSource;
  changes: string[];
  client: Record<string, ReturnType<typeof vi.fn>>;
} {
  const client = {
    selection: vi.fn(() => Promise.resolve(answer)),
    select: vi.fn(() => Promise.resolve(answer))
  };
  const source = new PortalSource(client as unknown as Client, INFO, {
    ranges: [],
    rows: 0,
    revision: 3
  });
  const changes: string[] = [];
  source.onChange(change => changes.push(change));
  return { source, changes, client };
}

describe('a result', () => {
  it('grows with its job and is complete with it', () => {
    const { source, changes } = setUp({ ranges: [], rows: 0, revision: 3 });
    source.follow(JOB);
    source.follow({ ...JOB, rows: 20 });
    expect([source.rows, source.complete]).toEqual([50, false]);
    source.follow({ ...JOB, phase: 'COMPLETED', rows: 60, overflow: true });
    expect([source.rows, source.complete, source.overflow]).toEqual([60, true, true]);
    source.follow({ ...JOB, rows: 5 });
    expect(source.rows).toBe(60);
    expect(changes).toEqual(['rows', 'rows']);
  });

  it('takes newer selections only, and asks for none it has', async () => {
    const { source, changes, client } = setUp({ ranges: [[1, 2]], rows: 1, revision: 4 });
    await source.reselect(3);
    expect(client.selection).not.toHaveBeenCalled();
    await source.reselect(4);
    expect(source.selection.rows).toBe(1);
    source.take({ ranges: [], rows: 0, revision: 2 });
    expect(source.selection.rows).toBe(1);
    expect(changes).toEqual(['selection']);
  });

  it('shows its own selection without waiting for the event', async () => {
    const { source } = setUp({ ranges: [[4, 6]], rows: 2, revision: 9 });
    await source.select([[0, 2]], { sort: [['x', 'desc']], filter: [] });
    expect(source.selection.ranges).toEqual([[4, 6]]);
  });
});
