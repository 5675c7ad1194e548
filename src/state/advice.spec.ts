import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { PlatformError } from '../api/errors';
import type { Estimate } from '../api/models';
import { Advice, estimateText } from './advice';
import type { Adviser } from './advice';

/** A server that knows which queries are wrong, and answers when it is told to. */
class Server implements Adviser {
  asked: string[] = [];
  cancelled: string[] = [];
  wrong = new Map<string, PlatformError>();

  async explain(adql: string, signal?: AbortSignal): Promise<unknown> {
    this.asked.push(adql);
    signal?.addEventListener('abort', () => this.cancelled.push(adql));
    await Promise.resolve();
    const error = this.wrong.get(adql);
    if (error) {
      throw error;
    }
    return {};
  }

  async estimate(adql: string, maxrec?: number): Promise<Estimate> {
    await Promise.resolve();
    return { rows: maxrec ?? adql.length, bytes: null, seconds: 2 };
  }
}

const misspelt = new PlatformError({
  code: 'AdqlError',
  message: 'No table x.',
  line: 1,
  column: 8
});

let server: Server;
let advice: Advice;

beforeEach(() => {
  vi.useFakeTimers();
  server = new Server();
  advice = new Advice(server, 100);
});

afterEach(() => {
  advice.dispose();
  vi.useRealTimers();
});

describe('advice', () => {
  it('is asked for once, when nothing was typed for a while', async () => {
    for (const text of ['S', 'SE', 'SEL']) {
      advice.consider(text);
      await vi.advanceTimersByTimeAsync(60);
    }
    expect(server.asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(60);
    expect(server.asked).toEqual(['SEL']);
    expect(advice.estimate?.rows).toBe(3);
  });

  it('tells what is wrong, until another key is typed', async () => {
    server.wrong.set('SELECT x', misspelt);
    advice.consider('SELECT x');
    await vi.advanceTimersByTimeAsync(150);
    expect(advice.error).toBe(misspelt);
    expect(advice.estimate).toBeNull();
    advice.consider('SELECT');
    expect(advice.error).toBeNull();
  });

  it('says nothing when the server cannot be asked, or of nothing', async () => {
    server.wrong.set('SELECT 1', new PlatformError({ code: 'NetworkError', message: 'Away.' }));
    advice.consider('SELECT 1');
    await vi.advanceTimersByTimeAsync(150);
    expect(advice.error).toBeNull();
    advice.consider('  ');
    await vi.advanceTimersByTimeAsync(150);
    expect(server.asked).toEqual(['SELECT 1']);
  });

  it('drops an answer that comes too late', async () => {
    advice.consider('old');
    await vi.advanceTimersByTimeAsync(99);
    vi.advanceTimersByTime(1);
    advice.consider('new', 7);
    expect(server.cancelled).toEqual(['old']);
    await vi.advanceTimersByTimeAsync(150);
    expect(advice.estimate?.rows).toBe(7);
  });
});

describe('an estimate in words', () => {
  it('has no more digits than it deserves', () => {
    expect(estimateText({ rows: 12_345, bytes: 2.5e6, seconds: 0.24 })).toBe(
      'About 12,000 rows, 2.5 MB, 240 ms.'
    );
    expect(estimateText({ rows: 1, bytes: 12, seconds: null })).toBe('About 1 row.');
    expect(estimateText({ rows: null, bytes: null, seconds: null })).toBe('');
  });

  it('tells that a long query runs in the background', () => {
    expect(estimateText({ rows: 5, bytes: null, seconds: 200 })).toContain('in the background');
  });
});
