/** Answers of one JSON object a line. */

import { isAbort, networkError } from './errors';

/** Their media type. */
export const LINES = 'application/x-ndjson';

/** Read an answer line by line as it comes; what `told` throws ends it. */
export async function readLines(reply: Response, told: (line: unknown) => void): Promise<void> {
  const reader = reply.body?.getReader();
  if (!reader) {
    return;
  }
  const decoder = new TextDecoder();
  let rest = '';
  const take = (text: string): void => {
    if (text.trim()) {
      told(JSON.parse(text));
    }
  };
  try {
    for (;;) {
      const { done, value } = await reader.read();
      rest += done ? decoder.decode() : decoder.decode(value, { stream: true });
      const lines = rest.split('\n');
      rest = lines.pop() ?? '';
      lines.forEach(take);
      if (done) {
        take(rest);
        return;
      }
    }
  } catch (reason) {
    void reader.cancel().catch(() => undefined);
    // A connection that breaks off is a TypeError, a line cut in two a SyntaxError.
    if (!isAbort(reason) && (reason instanceof TypeError || reason instanceof SyntaxError)) {
      throw networkError();
    }
    throw reason;
  }
}
