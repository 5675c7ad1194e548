// @vitest-environment jsdom
import { ServerConnection } from '@jupyterlab/services';
import { tableToIPC, tableFromArrays } from 'apache-arrow';
import { beforeEach, describe, expect, it } from 'vitest';

import { Client } from './client';
import { PlatformError } from './errors';

interface Sent {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly authorization: string | null;
}

let sent: Sent[];
let reply: () => Response | Promise<Response>;
let client: Client;

beforeEach(() => {
  sent = [];
  reply = () => new Response('{}');
  client = new Client(
    ServerConnection.makeSettings({
      baseUrl: 'http://lab/user/ann/',
      wsUrl: 'ws://lab/user/ann/',
      token: 'secret',
      fetch: async (input: RequestInfo | URL) => {
        const request = input as Request;
        request.signal.throwIfAborted();
        sent.push({
          method: request.method,
          url: request.url,
          body: await request.text(),
          authorization: request.headers.get('Authorization')
        });
        return reply();
      }
    })
  );
});

const json = (body: unknown, status = 200): Response =>
  new Response(JSON.stringify(body), { status });

describe('the client', () => {
  it('keeps the token out of every address', async () => {
    await client.versions();
    expect(sent[0]).toMatchObject({
      url: 'http://lab/user/ann/lsp_jupyter/version',
      authorization: 'token secret'
    });
    expect(client.eventsUrl(7)).toBe('ws://lab/user/ann/lsp_jupyter/portal/events?since=7');
    expect(client.downloadUrl('a/b', 'csv')).toBe(
      'http://lab/user/ann/lsp_jupyter/portal/results/a%2Fb/download?format=csv'
    );
  });

  it('submits what it is given', async () => {
    reply = () => json({ id: 'a' }, 201);
    await client.submit({ adql: 'SELECT 1', maxrec: 5 });
    expect(sent[0].method).toBe('POST');
    expect(JSON.parse(sent[0].body)).toEqual({ origin: 'portal', adql: 'SELECT 1', maxrec: 5 });
  });

  it('reads rows with what the headers say of them', async () => {
    const bytes = tableToIPC(tableFromArrays({ x: Int32Array.of(1, 2) }));
    reply = () =>
      new Response(bytes as BodyInit, {
        headers: { 'X-LSP-Rows': '99', 'X-LSP-Complete': 'true' }
      });
    const view = { sort: [['x', 'asc']], filter: [] } as const;
    const rows = await client.rows('a', 10, 2, view);
    expect([rows.table.numRows, rows.rows, rows.complete]).toEqual([2, 99, true]);
    const query = new URL(sent[0].url).searchParams;
    expect([query.get('start'), query.get('count'), query.get('view')]).toEqual([
      '10',
      '2',
      JSON.stringify(view)
    ]);
    await client.rows('a', 0, 2, { sort: [], filter: [] });
    expect(new URL(sent[1].url).searchParams.has('view')).toBe(false);
  });

  it.each([
    [
      400,
      { error: { code: 'AdqlError', message: 'No.', hint: 'Do.', line: 2, column: 3, length: 4 } },
      {
        code: 'AdqlError',
        message: 'No.',
        hint: 'Do.',
        line: 2,
        column: 3,
        length: 4,
        placed: true
      }
    ],
    [
      503,
      { error: { code: 'ServiceUnavailable', message: 'Busy.', transient: true } },
      { transient: true }
    ],
    [401, '<html>', { code: 'AuthenticationError', placed: false }],
    [404, { message: 'Not Found' }, { code: 'NotFoundError' }],
    [
      500,
      null,
      { code: 'InternalError', message: 'The server answered with status 500.', transient: true }
    ]
  ])('a reply of %d with %j is an error', async (status, body, expected) => {
    reply = () => json(body, status);
    await expect(client.catalog()).rejects.toMatchObject({ status, ...expected });
  });

  it('tells a server that is away from a request that was cancelled', async () => {
    reply = () => Promise.reject(new TypeError('Failed to fetch'));
    await expect(client.catalog()).rejects.toMatchObject({ code: 'NetworkError', transient: true });
    const controller = new AbortController();
    controller.abort();
    const cancelled = client.rows('a', 0, 1, { sort: [], filter: [] }, controller.signal);
    await expect(cancelled).rejects.toMatchObject({ name: 'AbortError' });
    await expect(cancelled).rejects.not.toBeInstanceOf(PlatformError);
  });
});
