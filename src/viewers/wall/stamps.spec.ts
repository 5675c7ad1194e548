import { describe, expect, it } from 'vitest';

import { CHUNK, Stamps } from './stamps';
import type { Stamp, StampPlace } from './stamps';

const place = (row: number): StampPlace => ({ row, ra: row, dec: 0 });
const places = (from: number, to: number): StampPlace[] =>
  Array.from({ length: to - from }, (_, i) => place(from + i));
const turn = (): Promise<void> => new Promise(done => setTimeout(done));

/** A server that answers when it is told to. */
class Server {
  readonly asked: Array<{
    readonly rows: number[];
    readonly signal: AbortSignal;
    answer(problem?: Error): Promise<void>;
  }> = [];

  readonly make = (wanted: readonly StampPlace[], signal: AbortSignal): Promise<Stamp[]> =>
    new Promise((resolve, reject) => {
      this.asked.push({
        rows: wanted.map(({ row }) => row),
        signal,
        answer: problem => {
          if (problem) {
            reject(problem);
          } else {
            resolve(
              wanted.map(({ row }) => ({ picture: new Blob([`${row}`]), error: '', image: '' }))
            );
          }
          return turn();
        }
      });
    });
}

describe('the stamps of a wall', () => {
  it('are made in the order in which they are wanted, two requests at a time', async () => {
    const server = new Server();
    const told: number[][] = [];
    const stamps = new Stamps(server.make, rows => told.push([...rows]));
    stamps.want(places(0, 3 * CHUNK));
    expect(server.asked.map(one => one.rows[0])).toEqual([0, CHUNK]);
    await server.asked[0].answer();
    expect(told).toEqual([server.asked[0].rows]);
    expect(server.asked[2].rows).toEqual(places(2 * CHUNK, 3 * CHUNK).map(one => one.row));
    expect(await stamps.get(3)?.picture?.text()).toBe('3');
    expect(stamps.has(CHUNK)).toBe(false);
    stamps.want(places(0, CHUNK));
    expect(server.asked).toHaveLength(3);
  });

  it('that nobody wants any more are cancelled, and those on screen come first', async () => {
    const server = new Server();
    const stamps = new Stamps(server.make, () => undefined);
    stamps.want(places(0, 2 * CHUNK));
    stamps.want(places(1000, 1000 + CHUNK));
    expect(server.asked.slice(0, 2).every(one => one.signal.aborted)).toBe(true);
    expect(server.asked[2].rows[0]).toBe(1000);
    await server.asked[0].answer();
    expect(stamps.count).toBe(0);
  });

  it('wait after a failure until somebody tries again', async () => {
    const server = new Server();
    const stamps = new Stamps(server.make, () => undefined);
    stamps.want(places(0, 1));
    await server.asked[0].answer(new Error('No connection.'));
    expect(stamps.problem).toEqual(new Error('No connection.'));
    stamps.want(places(0, 1));
    expect(server.asked).toHaveLength(1);
    stamps.retry();
    await server.asked[1].answer();
    expect(stamps.problem).toBeNull();
    expect(stamps.has(0)).toBe(true);
  });

  it('are other ones after a change', async () => {
    const server = new Server();
    const stamps = new Stamps(server.make, () => undefined);
    stamps.want(places(0, 1));
    stamps.clear();
    expect(server.asked[0].signal.aborted).toBe(true);
    await server.asked[0].answer();
    expect(stamps.has(0)).toBe(false);
    stamps.want(places(0, 1));
    await server.asked[1].answer();
    expect(stamps.has(0)).toBe(true);
  });
});
