// @vitest-environment jsdom
import { ServerConnection } from '@jupyterlab/services';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { Client } from './client';
import type { Stored } from './storing';

/** A request that goes nowhere; the test plays the server. */
class Request {
  static last: Request;
  readonly headers: Record<string, string> = {};
  readonly upload: { onprogress?: (event: { loaded: number }) => void } = {};
  method = '';
  url = '';
  body: unknown = null;
  status = 0;
  responseText = '';
  onprogress?: () => void;
  onload?: () => void;
  onerror?: () => void;
  onabort?: () => void;

  constructor() {
    Request.last = this;
  }

  open(method: string, url: string): void {
    Object.assign(this, { method, url });
  }

  setRequestHeader(name: string, value: string): void {
    this.headers[name] = value;
  }

  send(body: unknown): void {
    this.body = body;
  }

  abort(): void {
    this.onabort?.();
  }

  answer(status: number, text: string): void {
    this.status = status;
    this.hear(text);
    this.onload?.();
  }

  hear(text: string): void {
    this.responseText += text;
    this.onprogress?.();
  }
}

const TABLE = { name: 'a', full_name: 'mydb.a', rows: 5, size: 1, changed: '', columns: [] };
const client = new Client(
  ServerConnection.makeSettings({ baseUrl: 'http://lab/', wsUrl: 'ws://lab/', token: 'secret' })
);
let told: Stored[];
let controller: AbortController;

beforeEach(() => {
  vi.stubGlobal('XMLHttpRequest', Request);
  document.cookie = '_xsrf=cross';
  told = [];
  controller = new AbortController();
});
afterEach(() => vi.unstubAllGlobals());

const hear = (progress: Stored): void => {
  told.push(progress);
};

describe('a table on its way', () => {
  it('is sent with what authenticates it, and tells how far it is', async () => {
    const file = new Blob(['x']);
    const done = client.uploadTable(file, 'my table', 'append', hear, controller.signal);
    const request = Request.last;
    expect(request).toMatchObject({
      method: 'PUT',
      url: 'http://lab/lsp_jupyter/portal/tables/my%20table?mode=append',
      body: file,
      headers: {
        Accept: 'application/x-ndjson',
        Authorization: 'token secret',
        'X-XSRFToken': 'cross'
      }
    });
    request.upload.onprogress?.({ loaded: 1 });
    request.hear('{"rows":1}\n{"rows":2}\n{"ro');
    request.hear('ws":4}\n');
    request.answer(200, `{"table":${JSON.stringify(TABLE)}}\n`);
    await expect(done).resolves.toEqual(TABLE);
    expect(told).toEqual([{ sent: 1 }, { rows: 2 }, { rows: 4 }]);
  });

  it('may be a result', async () => {
    const done = client.saveTable('job', 'a', 'create', hear, controller.signal);
    expect(Request.last.method).toBe('POST');
    expect(JSON.parse(String(Request.last.body))).toEqual({
      job: 'job',
      name: 'a',
      mode: 'create'
    });
    Request.last.answer(201, `{"table":${JSON.stringify(TABLE)}}\n`);
    await expect(done).resolves.toEqual(TABLE);
  });

  it.each([
    [409, '{"error":{"code":"ConflictError","message":"There is one."}}', 'ConflictError'],
    [200, '{"rows":1}\n{"error":{"code":"LimitError","message":"Full."}}\n', 'LimitError'],
    [200, '{"rows":1}\n{"tab', 'NetworkError'],
    [502, '<html>', 'InternalError']
  ])('fails with status %d and %j', async (status, text, code) => {
    const done = client.saveTable('job', 'a', 'create', hear, controller.signal);
    Request.last.answer(status, text);
    await expect(done).rejects.toMatchObject({ code });
  });

  it('is cancelled, or has no server', async () => {
    const cancelled = client.saveTable('job', 'a', 'create', hear, controller.signal);
    controller.abort();
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
    const late = client.saveTable('job', 'a', 'create', hear, controller.signal);
    await expect(late).rejects.toMatchObject({ name: 'AbortError' });
    const away = client.saveTable('job', 'a', 'create', hear, new AbortController().signal);
    Request.last.onerror?.();
    await expect(away).rejects.toMatchObject({ code: 'NetworkError' });
  });
});
