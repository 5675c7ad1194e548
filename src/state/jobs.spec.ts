import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import type { Client } from '../api/client';
import { PlatformError } from '../api/errors';
import type { EventChannel } from '../api/events';
import type { EventMessage, Job } from '../api/models';
import { JobsModel, bytes, duration, oneLine } from './jobs';

const JOB: Job = {
  id: 'a',
  phase: 'EXECUTING',
  query: 'SELECT 1',
  origin: 'portal',
  created: '2026-01-01T00:00:00Z',
  elapsed: 1,
  rows: 0,
  size: 0,
  overflow: false
};

function setUp(list: Job[]): {
  jobs: JobsModel;
  client: {
    jobs: ReturnType<typeof vi.fn>;
    job: ReturnType<typeof vi.fn>;
    labelJob: ReturnType<typeof vi.fn>;
    remove: ReturnType<typeof vi.fn>;
  };
  hear: (message: EventMessage) => void;
  miss: () => void;
} {
  const channel = { state: 'open' as string };
  const message = new Signal<EventChannel, EventMessage>(channel as unknown as EventChannel);
  const missed = new Signal<EventChannel, void>(channel as unknown as EventChannel);
  const stateChanged = new Signal<EventChannel, string>(channel as unknown as EventChannel);
  Object.assign(channel, { message, missed, stateChanged });
  const client = {
    jobs: vi.fn((last: number) =>
      Promise.resolve({ jobs: list.slice(0, last), more: list.length > last, tags: ['old'] })
    ),
    labelJob: vi.fn((id: string, label: object) => Promise.resolve({ ...JOB, id, ...label })),
    job: vi.fn((id: string) =>
      Promise.resolve({ ...JOB, id, query: 'SELECT 2', created: '2026-02-01T00:00:00Z' })
    ),
    remove: vi.fn(() => Promise.resolve())
  };
  const jobs = new JobsModel(client as unknown as Client, channel as unknown as EventChannel);
  return { jobs, client, hear: one => message.emit(one), miss: () => missed.emit(undefined) };
}

const settled = (): Promise<void> => new Promise(resolve => setTimeout(resolve));

describe('the jobs', () => {
  it('follow events', async () => {
    const { jobs, hear } = setUp([JOB]);
    await jobs.refresh();
    expect(jobs.active).toBe(1);
    const { query, ...rest } = { ...JOB, phase: 'COMPLETED' as const, rows: 7, elapsed: 2 };
    expect(query).toBe('SELECT 1');
    hear({ topic: 'job', id: 'a', state: rest });
    expect(jobs.get('a')).toMatchObject({ phase: 'COMPLETED', rows: 7, query: 'SELECT 1' });
    expect(jobs.active).toBe(0);
  });

  it('are waited for', async () => {
    const { jobs, hear } = setUp([JOB]);
    await jobs.refresh();
    const { signal } = new AbortController();
    const done = jobs.done('a', signal);
    hear({ topic: 'job', id: 'a', state: { ...JOB, rows: 3 } });
    await settled();
    hear({ topic: 'job', id: 'a', state: { ...JOB, phase: 'COMPLETED', rows: 7 } });
    expect((await done).rows).toBe(7);
    expect((await jobs.done('a', signal)).rows).toBe(7);
  });

  it.each([
    [{ phase: 'ERROR', error: { code: 'X', message: 'No such table.' } }, 'No such table.'],
    [{ phase: 'ABORTED' }, 'The job was cancelled.']
  ] as const)('are waited for no longer when they fail: %j', async (end, message) => {
    const { jobs, hear } = setUp([JOB]);
    await jobs.refresh();
    const done = jobs.done('a', new AbortController().signal);
    await settled();
    hear({ topic: 'job', id: 'a', state: { ...JOB, ...end } });
    await expect(done).rejects.toThrow(message);
  });

  it('are waited for as long as one cares', async () => {
    const { jobs } = setUp([JOB]);
    await jobs.refresh();
    const waiting = new AbortController();
    const done = jobs.done('a', waiting.signal);
    await settled();
    waiting.abort();
    await expect(done).rejects.toThrow(/abort/i);
  });

  it('never run again after they ended', async () => {
    const { jobs, hear } = setUp([{ ...JOB, phase: 'COMPLETED', rows: 7 }]);
    await jobs.refresh();
    hear({ topic: 'job', id: 'a', state: { ...JOB, rows: 3 } });
    expect(jobs.get('a')).toMatchObject({ phase: 'COMPLETED', rows: 7 });
  });

  it('are asked for when an event names an unknown one without its query', async () => {
    const { jobs, client, hear } = setUp([JOB]);
    await jobs.refresh();
    hear({ topic: 'job', id: 'b', state: { phase: 'QUEUED' } });
    await settled();
    expect(client.job).toHaveBeenCalledWith('b');
    expect(jobs.list.map(job => job.id)).toEqual(['b', 'a']);
  });

  it('go when they are deleted, here or elsewhere', async () => {
    const { jobs, hear } = setUp([JOB, { ...JOB, id: 'b' }]);
    await jobs.refresh();
    const removed: (string | undefined)[] = [];
    jobs.changed.connect((_, change) => removed.push(change.removed));
    hear({ topic: 'job', id: 'b', state: { deleted: true } });
    await jobs.remove('a');
    expect(jobs.list).toEqual([]);
    expect(removed).toEqual(['b', 'a']);
  });

  it('are read again when messages were missed', async () => {
    const { jobs, client, miss } = setUp([JOB]);
    await jobs.refresh();
    miss();
    await settled();
    expect(client.jobs).toHaveBeenCalledTimes(2);
  });

  it('are looked for, and only those that fit come by events', async () => {
    const { jobs, client, hear } = setUp([JOB]);
    await jobs.refresh();
    await jobs.look({ text: 'one', phase: 'EXECUTING' });
    expect(client.jobs.mock.lastCall?.slice(0, 3)).toEqual([
      50,
      { text: 'one', phase: 'EXECUTING', origin: '', tag: '' },
      ''
    ]);
    hear({ topic: 'job', id: 'b', state: { ...JOB, query: 'SELECT other' } });
    hear({ topic: 'job', id: 'c', state: { ...JOB, query: 'SELECT one', created: '2026-01-02' } });
    expect(jobs.list.map(job => job.id)).toEqual(['c', 'a']);
    // What is not looked for is known all the same.
    expect(jobs.get('b')?.query).toBe('SELECT other');
    expect(jobs.active).toBe(3);
  });

  it('take the answer of the newest search, whichever comes last', async () => {
    const { jobs, client } = setUp([JOB]);
    let late: (page: unknown) => void = () => undefined;
    client.jobs.mockImplementationOnce(
      (_last: number, _search: unknown, _before: string, signal: AbortSignal) =>
        new Promise((resolve, reject) => {
          late = resolve;
          signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
        })
    );
    const first = jobs.look({ text: 'slow' });
    await jobs.look({ text: 'quick' });
    late({ jobs: [], more: false, tags: [] });
    await first;
    expect(jobs.list).toHaveLength(1);
    expect(jobs.search.text).toBe('quick');
    expect(jobs.reading).toBe(false);
  });

  it('go back page by page', async () => {
    const many = Array.from({ length: 60 }, (_, n) => ({
      ...JOB,
      id: `j${n}`,
      phase: 'COMPLETED' as const,
      created: `2026-01-01T00:00:${String(59 - n).padStart(2, '0')}Z`
    }));
    const { jobs, client, hear } = setUp(many);
    await jobs.refresh();
    expect([jobs.list.length, jobs.more]).toEqual([50, true]);
    // An old one that changes does not come to the end of a list that has not got there.
    hear({ topic: 'job', id: 'j55', state: many[55] });
    expect(jobs.list).toHaveLength(50);
    client.jobs.mockResolvedValueOnce({ jobs: many.slice(50), more: false, tags: [] });
    await jobs.older();
    expect(client.jobs.mock.lastCall?.[2]).toBe('j49');
    expect([jobs.list.length, jobs.more]).toEqual([60, false]);
    await jobs.older();
    expect(client.jobs).toHaveBeenCalledTimes(2);
  });

  it('are named and tagged', async () => {
    const { jobs, client } = setUp([JOB]);
    await jobs.refresh();
    await jobs.label('a', { name: 'Stars', tags: ['new'] });
    expect(client.labelJob).toHaveBeenCalledWith('a', { name: 'Stars', tags: ['new'] });
    expect(jobs.get('a')).toMatchObject({ name: 'Stars', tags: ['new'] });
    expect(jobs.tags).toEqual(['new', 'old']);
  });

  it('say why the list could not be read, and keep the old one', async () => {
    const { jobs, client } = setUp([JOB]);
    await jobs.refresh();
    client.jobs.mockRejectedValueOnce(new PlatformError({ code: 'X', message: 'No.' }));
    await jobs.refresh();
    expect(jobs.error?.message).toBe('No.');
    expect(jobs.list).toHaveLength(1);
  });

  it('tick while they run, and only then', async () => {
    const { jobs } = setUp([JOB, { ...JOB, id: 'b', phase: 'COMPLETED', elapsed: 5 }]);
    await jobs.refresh();
    const now = performance.now();
    vi.spyOn(performance, 'now').mockReturnValue(now + 3000);
    expect(jobs.elapsed(jobs.get('a')!)).toBeCloseTo(4, 1);
    expect(jobs.elapsed(jobs.get('b')!)).toBe(5);
  });
});

describe('words for people', () => {
  it.each([
    [0.0004, '1 ms'],
    [0.25, '250 ms'],
    [1.44, '1.4 s'],
    [59.9, '59 s'],
    [185, '3 min 05 s'],
    [7440, '2 h 04 min']
  ])('%d seconds are %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });

  it.each([
    [999, '999 B'],
    [28_900_000, '28.9 MB'],
    [150_000, '150 kB']
  ])('%d bytes are %s', (size, text) => {
    expect(bytes(size)).toBe(text);
  });

  it('puts a query on one line', () => {
    expect(oneLine('SELECT *  -- all\nFROM t')).toBe('SELECT * FROM t');
  });
});
