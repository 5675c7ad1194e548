/**
 * The one error type of the front end: what the server says, or why it could
 * not say anything.
 */

/** An error as it travels in JSON (`LspError.to_dict` on the server). */
export interface ErrorData {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  /** Line of the query, from 1. */
  readonly line?: number;
  /** Column of that line, from 1. */
  readonly column?: number;
  /** Characters to underline. */
  readonly length?: number;
  readonly transient?: boolean;
  readonly retry_after?: number;
}

/** A failed request. */
export class PlatformError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly line: number;
  readonly column: number;
  readonly length: number;
  readonly transient: boolean;

  constructor(
    data: ErrorData,
    readonly status = 0
  ) {
    super(data.message);
    this.name = 'PlatformError';
    this.code = data.code;
    this.hint = data.hint ?? '';
    this.line = data.line ?? 0;
    this.column = data.column ?? 0;
    this.length = data.length ?? 1;
    this.transient = data.transient ?? false;
  }

  /** Whether it points at a place in the query. */
  get placed(): boolean {
    return this.line > 0 && this.column > 0;
  }
}

/** Read whatever was thrown as a `PlatformError`. */
export function asPlatformError(reason: unknown): PlatformError {
  if (reason instanceof PlatformError) {
    return reason;
  }
  const message = reason instanceof Error ? reason.message : String(reason);
  return new PlatformError({ code: 'ClientError', message });
}

/** Whether this is a request somebody cancelled on purpose. */
export function isAbort(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'AbortError';
}

/** The server did not answer at all. */
export function networkError(): PlatformError {
  return new PlatformError({
    code: 'NetworkError',
    message: 'The server does not answer.',
    hint: 'Check that JupyterLab is still running, then try again.',
    transient: true
  });
}

/** What a reply says is wrong: JSON, or the error document of a VO service. */
export function errorBody(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const found = /<INFO name="QUERY_STATUS" value="ERROR">([^<]*)</.exec(text)?.[1] ?? '';
    const signs: Record<string, string> = { lt: '<', gt: '>', quot: '"', amp: '&' };
    const message = found.replace(/&(lt|gt|quot|amp);/g, (_, sign: string) => signs[sign]).trim();
    return message ? { error: { code: 'ServiceError', message } } : null;
  }
}

/** Build the error of a reply that is not a success. */
export function errorFromReply(status: number, body: unknown): PlatformError {
  const error = (body as { error?: unknown } | null)?.error;
  if (error && typeof (error as ErrorData).message === 'string') {
    const data = error as ErrorData;
    return new PlatformError({ ...data, code: data.code ?? 'InternalError' }, status);
  }
  const message = (body as { message?: unknown } | null)?.message;
  if (status === 401 || status === 403) {
    return new PlatformError(
      {
        code: 'AuthenticationError',
        message: 'This page is no longer signed in.',
        hint: 'Reload the page and sign in again.'
      },
      status
    );
  }
  if (status === 404) {
    return new PlatformError(
      {
        code: 'NotFoundError',
        message: 'The server has no science platform at this address.',
        hint: 'Check with `jupyter server extension list` that lsp_jupyter is enabled.'
      },
      status
    );
  }
  return new PlatformError(
    {
      code: 'InternalError',
      message:
        typeof message === 'string' && message
          ? message
          : `The server answered with status ${status}.`,
      transient: status >= 500
    },
    status
  );
}
