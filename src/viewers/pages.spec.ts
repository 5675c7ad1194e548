import { describe, expect, it } from 'vitest';

import { PageCache } from './pages';

interface Flight {
  readonly index: number;
  readonly signal: AbortSignal;
  resolve(page: string): void;
  reject(reason: Error): void;
}

function setUp(capacity = 3): {
  cache: PageCache<string>;
  flights: Flight[];
  arrived: number[];
  failed: unknown[];
} {
  const flights: Flight[] = [];
  const arrived: number[] = [];
  const failed: unknown[] = [];
  const cache = new PageCache<string>(
    (index, signal) =>
      new Promise((resolve, reject) => flights.push({ index, signal, resolve, reject })),
    capacity,
    index => arrived.push(index),
    (_, reason) => failed.push(reason)
  );
  return { cache, flights, arrived, failed };
}

const settled = (): Promise<void> => new Promise(resolve => setTimeout(resolve));

describe('the page cache', () => {
  it('reads a page once', async () => {
    const { cache, flights, arrived } = setUp();
    cache.want([0, 1]);
    cache.want([0, 1]);
    expect(flights.map(flight => flight.index)).toEqual([0, 1]);
    flights[0].resolve('zero');
    await settled();
    expect(cache.get(0)).toBe('zero');
    expect(arrived).toEqual([0]);
    cache.want([0, 1]);
    expect(flights).toHaveLength(2);
  });

  it('gives up pages that went off the screen', async () => {
    const { cache, flights, arrived } = setUp();
    cache.want([5]);
    cache.want([9]);
    expect(flights[0].signal.aborted).toBe(true);
    flights[0].resolve('late');
    flights[1].resolve('nine');
    await settled();
    expect(cache.get(5)).toBeUndefined();
    expect(arrived).toEqual([9]);
    expect(cache.pending).toBe(0);
  });

  it('drops the page unused longest', async () => {
    const { cache, flights } = setUp(2);
    for (const index of [0, 1, 2]) {
      cache.want([index]);
      flights[index].resolve(String(index));
      await settled();
      cache.get(0);
    }
    expect([0, 1, 2].map(index => cache.get(index))).toEqual(['0', undefined, '2']);
  });

  it('tells of a failure once, and tries again only when asked', async () => {
    const { cache, flights, failed } = setUp();
    cache.want([0]);
    flights[0].reject(new Error('no'));
    await settled();
    cache.want([0]);
    expect(flights).toHaveLength(1);
    expect(failed).toHaveLength(1);
    cache.retry();
    cache.want([0]);
    expect(flights).toHaveLength(2);
  });

  it('shows a page that has grown until the new one is there', async () => {
    const { cache, flights } = setUp();
    cache.want([0]);
    flights[0].resolve('short');
    await settled();
    cache.expire(0);
    cache.want([0]);
    expect(cache.get(0)).toBe('short');
    flights[1].resolve('long');
    await settled();
    expect(cache.get(0)).toBe('long');
    cache.want([0]);
    expect(flights).toHaveLength(2);
  });
});
