/** What went wrong, in words. */

/** Whether a request was only given up. */
export function isAbort(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'AbortError';
}

/** The words of an error, and its hint. */
export function errorText(reason: unknown): string {
  if (reason instanceof Error) {
    const { hint } = reason as { hint?: string };
    return hint ? `${reason.message} ${hint}` : reason.message;
  }
  return String(reason);
}
