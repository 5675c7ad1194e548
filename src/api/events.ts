/** The event channel: what changes on the server, as it changes. */

import type { IDisposable } from '@lumino/disposable';
import { Signal } from '@lumino/signaling';
import type { ISignal } from '@lumino/signaling';

import type { Client } from './client';
import type { EventMessage } from './models';

/** How the channel stands. */
export type ChannelState = 'connecting' | 'open' | 'lost';

/** Milliseconds without any message after which the connection counts as dead. */
const SILENCE = 70_000;
/** Milliseconds before the first and the longest new try. */
const BACKOFF = [500, 20_000] as const;
/** Failed tries after which the channel counts as lost. */
const PATIENCE = 2;

/** Milliseconds before try number `attempt` (from 0), without jitter. */
export function backoff(attempt: number): number {
  return Math.min(BACKOFF[1], BACKOFF[0] * 2 ** attempt);
}

/** The socket as the channel uses it; the browser's `WebSocket` is one. */
export type SocketFactory = (url: string) => WebSocket;

/**
 * A websocket that stays open: it resumes after the last message it saw, and
 * says so when it missed some.
 */
export class EventChannel implements IDisposable {
  constructor(
    private readonly _client: Client,
    factory?: SocketFactory
  ) {
    this._factory = factory ?? (url => new this._client.settings.WebSocket(url));
  }

  /** A message arrived. */
  get message(): ISignal<this, EventMessage> {
    return this._message;
  }

  /** Messages were missed: whoever keeps state must read it again. */
  get missed(): ISignal<this, void> {
    return this._missed;
  }

  /** The state of the channel changed. */
  get stateChanged(): ISignal<this, ChannelState> {
    return this._stateChanged;
  }

  get state(): ChannelState {
    return this._state;
  }

  get isDisposed(): boolean {
    return this._isDisposed;
  }

  /** Connect, and keep connected until disposed. */
  start(): void {
    if (this._socket || this._isDisposed) {
      return;
    }
    window.addEventListener('online', this._retryNow);
    document.addEventListener('visibilitychange', this._retryNow);
    this._connect();
  }

  dispose(): void {
    if (this._isDisposed) {
      return;
    }
    this._isDisposed = true;
    window.removeEventListener('online', this._retryNow);
    document.removeEventListener('visibilitychange', this._retryNow);
    window.clearTimeout(this._retry);
    window.clearTimeout(this._watch);
    this._socket?.close();
    this._socket = null;
    Signal.clearData(this);
  }

  private _connect(): void {
    window.clearTimeout(this._retry);
    this._retry = 0;
    const socket = this._factory(this._client.eventsUrl(this._seen));
    this._socket = socket;
    this._listen();
    socket.onmessage = event => {
      if (this._socket === socket) {
        this._receive(String(event.data));
      }
    };
    socket.onclose = () => {
      if (this._socket === socket) {
        this._lose();
      }
    };
  }

  private _receive(text: string): void {
    this._listen();
    let message: EventMessage;
    try {
      message = JSON.parse(text) as EventMessage;
    } catch {
      return;
    }
    if (this._state !== 'open') {
      this._attempt = 0;
      this._setState('open');
    }
    if (typeof message.seq === 'number') {
      this._seen = message.seq;
    }
    if (message.topic === 'reset') {
      this._missed.emit(undefined);
    }
    this._message.emit(message);
  }

  private _lose(): void {
    this._socket = null;
    window.clearTimeout(this._watch);
    if (this._isDisposed) {
      return;
    }
    this._setState(this._attempt >= PATIENCE ? 'lost' : 'connecting');
    const wait = backoff(this._attempt) * (0.75 + Math.random() / 2);
    this._attempt += 1;
    this._retry = window.setTimeout(() => this._connect(), wait);
  }

  /** Restart the clock that notices a silent connection. */
  private _listen(): void {
    window.clearTimeout(this._watch);
    this._watch = window.setTimeout(() => {
      const socket = this._socket;
      if (socket) {
        socket.onclose = null;
        socket.close();
        this._lose();
      }
    }, SILENCE);
  }

  private _retryNow = (): void => {
    if (this._retry && !document.hidden) {
      this._connect();
    }
  };

  private _setState(state: ChannelState): void {
    if (state !== this._state) {
      this._state = state;
      this._stateChanged.emit(state);
    }
  }

  private readonly _factory: SocketFactory;
  private _socket: WebSocket | null = null;
  private _state: ChannelState = 'connecting';
  /** Number of the last message; `null` before the first. */
  private _seen: number | null = null;
  private _attempt = 0;
  private _retry = 0;
  private _watch = 0;
  private _isDisposed = false;
  private _message = new Signal<this, EventMessage>(this);
  private _missed = new Signal<this, void>(this);
  private _stateChanged = new Signal<this, ChannelState>(this);
}
