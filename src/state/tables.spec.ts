import { Signal } from '@lumino/signaling';
import { describe, expect, it, vi } from 'vitest';

import type { Client } from '../api/client';
import type { EventChannel } from '../api/events';
import type { EventMessage, UserTable } from '../api/models';
import type { Told } from '../api/storing';
import { TablesModel, nameProblem, transferText } from './tables';

function table(name: string, rows = 3): UserTable {
  return { name, full_name: `mydb.${name}`, rows, size: 10, changed: '', columns: [] };
}

interface Call {
  readonly name: string;
  readonly mode: string;
  readonly told: Told;
  readonly signal: AbortSignal;
  resolve(table: UserTable): void;
  reject(reason: unknown): void;
}

function setUp(): {
  tables: TablesModel;
  there: UserTable[];
  calls: Call[];
  client: { tables: ReturnType<typeof vi.fn> };
  hear: (message: EventMessage) => void;
} {
  const channel = {};
  const message = new Signal<EventChannel, EventMessage>(channel as EventChannel);
  const missed = new Signal<EventChannel, void>(channel as EventChannel);
  Object.assign(channel, { message, missed });
  const there: UserTable[] = [];
  const calls: Call[] = [];
  const store = (
    _: unknown,
    name: string,
    mode: string,
    told: Told,
    signal: AbortSignal
  ): Promise<UserTable> =>
    new Promise<UserTable>((resolve, reject) => {
      signal.addEventListener('abort', () => reject(new DOMException('', 'AbortError')));
      calls.push({ name, mode, told, signal, resolve, reject });
    });
  const client = {
    tables: vi.fn(() =>
      Promise.resolve({ tables: [...there], used: 20, limit: 1000, upload_limit: 100 })
    ),
    saveTable: store,
    uploadTable: store
  };
  const tables = new TablesModel(client as unknown as Client, channel as EventChannel);
  return { tables, there, calls, client, hear: one => message.emit(one) };
}

const settled = (): Promise<void> => new Promise(resolve => setTimeout(resolve));

describe('the tables of one’s own', () => {
  it('are read again when they change anywhere', async () => {
    const { tables, there, hear } = setUp();
    await tables.refresh();
    expect(tables.release).toMatchObject({ name: 'mydb', own: true, tables: [] });
    there.push(table('b'), table('a'));
    hear({ topic: 'tables', id: '' });
    await settled();
    expect(tables.release.tables.map(one => one.name)).toEqual(['mydb.a', 'mydb.b']);
    expect(tables.release.description).toContain('20 B of 1.0 kB');
    expect(tables.find('MYDB.A')).toBe(there[1]);
    expect(tables.find('a')).toBe(there[1]);
    expect(tables.find('other.a')).toBeUndefined();
  });

  it('keep what was read when they cannot be read again', async () => {
    const { tables, there, client } = setUp();
    there.push(table('a'));
    await tables.refresh();
    client.tables.mockRejectedValueOnce(new Error('away'));
    await tables.refresh();
    expect(tables.error?.message).toBe('away');
    expect(tables.list).toHaveLength(1);
    await tables.refresh();
    expect(tables.error).toBeNull();
  });

  it.each([
    ['gaia.source', 'gaia_source'],
    ['My Targets', 'my_targets_2'],
    ['2MASS.psc', 'r_2mass_psc'],
    ['Left', 'left_table'],
    ['Δ', 'my_table']
  ])('are called, after %j, %s', async (text, name) => {
    const { tables, there } = setUp();
    there.push(table('My_targets'));
    await tables.refresh();
    expect(tables.freeName(text)).toBe(name);
    expect(nameProblem(name)).toBe('');
  });

  it.each(['', '1a', 'a-b', 'a.b', 'é', 'select', 'x'.repeat(64)])('cannot be called %j', name => {
    expect(nameProblem(name)).not.toBe('');
  });
});

describe('tables on their way', () => {
  it('tell how much of a result is stored', async () => {
    const { tables, there, calls } = setUp();
    there.push(table('a', 100));
    await tables.refresh();
    const done = tables.save({ id: 'job', rows: 300 }, 'a', 'append');
    expect(tables.transfers).toMatchObject([{ name: 'a', job: 'job', stage: 'storing' }]);
    calls[0].told({ rows: 200 });
    expect(tables.transfers[0]).toMatchObject({ rows: 200, fraction: 0.5 });
    expect(transferText(tables.transfers[0])).toBe('Storing · 200 rows · 50 %');
    calls[0].resolve(table('a', 400));
    await expect(done).resolves.toMatchObject({ rows: 400 });
    expect(tables.transfers).toEqual([]);
  });

  it('are files sent one after the other', async () => {
    const { tables, calls } = setUp();
    const file = new Blob(['x'.repeat(10)]);
    const one = tables.upload(file, 'one', 'create');
    const two = tables.upload(file, 'two', 'create');
    const three = tables.upload(file, 'three', 'create');
    await settled();
    expect(calls.map(call => call.name)).toEqual(['one']);
    calls[0].told({ sent: 5 });
    expect(tables.transfers.map(transferText)).toEqual(['Sending · 50 %', 'Waiting', 'Waiting']);
    expect(tables.freeName('one')).toBe('one_2');
    calls[0].told({ sent: 10 });
    expect(transferText(tables.transfers[0])).toBe('Storing');
    // One that waits goes at once, and no other takes its turn before the first has ended.
    const [, second] = tables.transfers;
    tables.cancel(second.id);
    await settled();
    calls.find(call => call.name === 'two')?.reject(new DOMException('', 'AbortError'));
    await expect(two).rejects.toMatchObject({ name: 'AbortError' });
    expect(calls.map(call => call.name)).not.toContain('three');
    calls[0].reject(new Error('broken'));
    await expect(one).rejects.toThrow('broken');
    await settled();
    const last = calls.find(call => call.name === 'three')!;
    last.resolve(table('three'));
    await expect(three).resolves.toMatchObject({ name: 'three' });
    expect(tables.transfers).toEqual([]);
  });

  it('are stopped, and those too large do not begin', async () => {
    const { tables, calls } = setUp();
    await tables.refresh();
    const large = tables.upload(new Blob(['x'.repeat(101)]), 'a', 'create');
    await expect(large).rejects.toMatchObject({ code: 'LimitError' });
    const done = tables.save({ id: 'job', rows: 3 }, 'a', 'create');
    tables.cancel(tables.transfers[0].id);
    await expect(done).rejects.toMatchObject({ name: 'AbortError' });
    expect(calls[0].signal.aborted).toBe(true);
  });
});
