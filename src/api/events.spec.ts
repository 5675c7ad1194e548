// @vitest-environment jsdom
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import type { Client } from './client';
import { EventChannel, backoff } from './events';

/** The network: a socket that does what the test says. */
class Socket {
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  constructor(readonly url: string) {}
  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }
  close(): void {
    this.onclose?.();
  }
}

let sockets: Socket[];
let channel: EventChannel;

beforeEach(() => {
  vi.useFakeTimers();
  sockets = [];
  const client = { eventsUrl: (since: number | null) => `ws://x?since=${since}` };
  channel = new EventChannel(client as Client, url => {
    const socket = new Socket(url);
    sockets.push(socket);
    return socket as unknown as WebSocket;
  });
  channel.start();
});

afterEach(() => {
  channel.dispose();
  vi.useRealTimers();
});

describe('the event channel', () => {
  it('hands over messages and resumes after the last one', () => {
    const heard: unknown[] = [];
    channel.message.connect((_, message) => heard.push(message.topic));
    expect(sockets[0].url).toBe('ws://x?since=null');
    sockets[0].say({ seq: 4, topic: 'hello' });
    sockets[0].say({ seq: 7, topic: 'job', id: 'a' });
    expect(heard).toEqual(['hello', 'job']);
    sockets[0].close();
    vi.advanceTimersByTime(1000);
    expect(sockets[1].url).toBe('ws://x?since=7');
  });

  it('tells when messages were missed, and goes on from there', () => {
    let missed = 0;
    channel.missed.connect(() => (missed += 1));
    sockets[0].say({ seq: 900, topic: 'hello' });
    sockets[0].close();
    vi.advanceTimersByTime(1000);
    sockets[1].say({ seq: 12, topic: 'hello' });
    sockets[1].say({ seq: 12, topic: 'reset' });
    expect(missed).toBe(1);
    sockets[1].close();
    vi.advanceTimersByTime(1000);
    expect(sockets[2].url).toBe('ws://x?since=12');
  });

  it('waits longer each time, is lost after a few, and found again by a message', () => {
    const states: string[] = [];
    channel.stateChanged.connect((_, state) => states.push(state));
    sockets[0].say({ seq: 1, topic: 'hello' });
    for (let i = 0; i < 4; i += 1) {
      sockets[i].close();
      vi.advanceTimersByTime(backoff(i) * 1.3);
    }
    expect(states).toEqual(['open', 'connecting', 'lost']);
    sockets[4].say({ seq: 1, topic: 'hello' });
    expect(channel.state).toBe('open');
  });

  it('notices a connection that fell silent', () => {
    sockets[0].say({ seq: 1, topic: 'hello' });
    vi.advanceTimersByTime(60_000);
    sockets[0].say({ seq: 1, topic: 'ping' });
    vi.advanceTimersByTime(60_000);
    expect(sockets).toHaveLength(1);
    vi.advanceTimersByTime(15_000);
    expect(sockets).toHaveLength(2);
  });

  it('survives nonsense', () => {
    sockets[0].onmessage?.({ data: 'not JSON' });
    sockets[0].say({ seq: 1, topic: 'hello' });
    expect(channel.state).toBe('open');
  });

  it('ends when disposed', () => {
    channel.dispose();
    vi.advanceTimersByTime(100_000);
    expect(sockets).toHaveLength(1);
  });
});
