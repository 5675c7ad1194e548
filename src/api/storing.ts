/** Tables on their way to the server, with how far they are. */

import type { ServerConnection } from '@jupyterlab/services';

import { PlatformError, errorFromReply, networkError } from './errors';
import type { ErrorData } from './errors';
import type { UserTable } from './models';

/** What the server answers with: one JSON object a line. */
const LINES = 'application/x-ndjson';

/** How far it is: bytes that went out, then rows that are stored. */
export interface Stored {
  readonly sent?: number;
  readonly rows?: number;
}

/** Told how far it is. */
export type Told = (progress: Stored) => void;

interface Line {
  readonly rows?: number;
  readonly table?: UserTable;
  readonly error?: ErrorData;
}

/** The value of a cookie; of several the last, as the server reads them. */
function cookie(name: string): string | undefined {
  const values = document.cookie
    .split(';')
    .map(part => part.trim())
    .filter(part => part.startsWith(`${name}=`));
  return values.pop()?.slice(name.length + 1);
}

/** One line of an answer; `null` for what is none. */
function readLine(text: string): Line | null {
  try {
    return JSON.parse(text) as Line;
  } catch {
    return null;
  }
}

/**
 * Send what becomes a table.
 *
 * `fetch` cannot tell how much of a body is on its way, so this is the older way.
 *
 * Parameters
 * ----------
 * body: a file, or JSON that names a result.
 * told: hears how far it is.
 * signal: ends it; nothing is stored then.
 */
export function store(
  settings: ServerConnection.ISettings,
  method: 'POST' | 'PUT',
  url: string,
  body: Blob | string,
  told: Told,
  signal: AbortSignal
): Promise<UserTable> {
  return new Promise((resolve, reject) => {
    const cancelled = (): void => reject(new DOMException('Cancelled', 'AbortError'));
    if (signal.aborted) {
      cancelled();
      return;
    }
    const request = new XMLHttpRequest();
    request.open(method, url);
    request.setRequestHeader('Accept', LINES);
    request.setRequestHeader(
      'Content-Type',
      typeof body === 'string' ? 'application/json' : 'application/octet-stream'
    );
    if (settings.token) {
      request.setRequestHeader('Authorization', `token ${settings.token}`);
    }
    const xsrf = cookie('_xsrf');
    if (xsrf) {
      request.setRequestHeader('X-XSRFToken', xsrf);
    }

    let read = 0;
    request.upload.onprogress = event => told({ sent: event.loaded });
    request.onprogress = () => {
      const end = request.responseText.lastIndexOf('\n') + 1;
      const lines = request.responseText.slice(read, end).split('\n');
      read = Math.max(read, end);
      const rows = lines.map(line => readLine(line)?.rows).findLast(value => value !== undefined);
      if (rows !== undefined) {
        told({ rows });
      }
    };
    request.onload = () => {
      const last = readLine(request.responseText.trimEnd().split('\n').pop() ?? '');
      if (request.status >= 400) {
        reject(errorFromReply(request.status, last));
      } else if (last?.table) {
        resolve(last.table);
      } else if (last?.error) {
        reject(new PlatformError(last.error, request.status));
      } else {
        // The connection broke off before the last line.
        reject(networkError());
      }
    };
    request.onerror = () => reject(networkError());
    request.onabort = cancelled;
    signal.addEventListener('abort', () => request.abort());
    request.send(body);
  });
}
