// @vitest-environment jsdom
import type { AnyModel } from '@anywidget/types';
import { tableFromArrays, tableToIPC } from 'apache-arrow';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { PLAIN } from '../viewers/source';
import { KernelSource } from './source';
import type { WidgetState } from './source';

interface Sent {
  readonly kind: string;
  readonly request: number;
  readonly [key: string]: unknown;
}

let state: WidgetState;
let sent: Sent[];
let handlers: Map<string, (...args: unknown[]) => void>;
let source: KernelSource;

/** The kernel says something. */
function hear(event: string, ...args: unknown[]): void {
  handlers.get(event)?.(...args);
}

beforeEach(() => {
  state = {
    result: { id: 'a', columns: [{ name: 'x' }], rows: 5, complete: false, overflow: false },
    height: 300,
    selection: {}
  };
  sent = [];
  handlers = new Map();
  const model = {
    get: (key: keyof WidgetState) => state[key],
    on: (event: string, handler: (...args: unknown[]) => void) => handlers.set(event, handler),
    off: (event: string) => handlers.delete(event),
    send: (message: Sent) => sent.push(message)
  };
  source = new KernelSource(model as unknown as AnyModel<WidgetState>);
});

const BYTES = tableToIPC(tableFromArrays({ x: Int32Array.of(7, 8) }));

function buffer(): DataView {
  return new DataView(BYTES.buffer, BYTES.byteOffset, BYTES.byteLength);
}

describe('a result in the kernel', () => {
  it('answers each request with its own rows', async () => {
    const one = source.fetch(0, 2, PLAIN, new AbortController().signal);
    const two = source.fetch(
      2,
      2,
      { sort: [['x', 'asc']], filter: [] },
      new AbortController().signal
    );
    expect(sent.map(({ kind, start, view }) => [kind, start, view])).toEqual([
      ['rows', 0, null],
      ['rows', 2, { sort: [['x', 'asc']], filter: [] }]
    ]);
    hear('msg:custom', { kind: 'rows', request: sent[1].request, rows: 2, complete: true }, [
      buffer()
    ]);
    hear('msg:custom', { kind: 'rows', request: sent[0].request, rows: 5, complete: false }, [
      buffer()
    ]);
    expect(await two).toMatchObject({ rows: 2, complete: true });
    expect((await one).table.getChild('x')?.toArray()).toEqual(Int32Array.of(7, 8));
  });

  it('tells what the kernel could not do', async () => {
    const rows = source.fetch(0, 2, PLAIN, new AbortController().signal);
    const error = { message: 'The result is gone.', hint: 'Run it again.' };
    hear('msg:custom', { kind: 'error', request: sent[0].request, error }, []);
    await expect(rows).rejects.toMatchObject(error);
  });

  it('gives up what nobody waits for', async () => {
    const controller = new AbortController();
    const rows = source.fetch(0, 2, PLAIN, controller.signal);
    controller.abort();
    await expect(rows).rejects.toMatchObject({ name: 'AbortError' });
    hear('msg:custom', { kind: 'rows', request: sent[0].request }, [buffer()]);
    const closed = source.refresh();
    source.dispose();
    await expect(closed).rejects.toMatchObject({ name: 'AbortError' });
    expect(handlers.size).toBe(0);
  });

  it('does not wait for ever', async () => {
    vi.useFakeTimers();
    const rows = source.fetch(0, 2, PLAIN, new AbortController().signal);
    const refused = expect(rows).rejects.toMatchObject({ message: 'The kernel does not answer.' });
    vi.advanceTimersByTime(61_000);
    await refused;
    vi.useRealTimers();
  });

  it('has the selection once the kernel confirms it', async () => {
    const changes: string[] = [];
    source.onChange(change => changes.push(change));
    expect(source.selection).toEqual({ ranges: [], rows: 0, revision: 0 });
    const done = source.select([[1, 3]], PLAIN);
    state = { ...state, selection: { ranges: [[1, 3]], rows: 2, revision: 1 } };
    hear('change:selection');
    hear('msg:custom', { kind: 'selected', request: sent[0].request }, []);
    await done;
    expect(source.selection.rows).toBe(2);
    expect(changes).toEqual(['selection']);
  });
});
