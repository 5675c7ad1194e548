/** Links that open the same views again. */

/** Commands that a link may give: they show something and change nothing. */
const SHOWING = new Set(['lsp:open-result', 'lsp:open-chart', 'lsp:open-wall', 'lsp:edit-query']);

/** Characters of a link at most: what every browser and most servers take. */
export const LINK_MAX = 16_000;

/** The query parameter that carries what to open. */
export const PARAMETER = 'lsp';

/** One thing to open. */
export interface Opening {
  readonly command: string;
  readonly args: Readonly<Record<string, unknown>>;
}

function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    text += String.fromCharCode(byte);
  }
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replace(/-/g, '+').replace(/_/g, '/')), one =>
    one.charCodeAt(0)
  );
}

/** What a link carries, as text that stands in an address. */
export function encode(openings: readonly Opening[]): string {
  return toBase64(new TextEncoder().encode(JSON.stringify(openings)));
}

/**
 * What a link asks to open.
 *
 * Anybody may write a link: only commands that show something are taken from it.
 * It throws what is to be told of one that cannot be read.
 */
export function decode(text: string): readonly Opening[] {
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(fromBase64(text)));
  } catch {
    found = null;
  }
  if (!Array.isArray(found)) {
    throw new Error('This link is not complete, so that nothing can be opened by it.');
  }
  return found.filter((one: unknown): one is Opening => {
    const { command, args } = (one ?? {}) as Partial<Opening>;
    return typeof command === 'string' && SHOWING.has(command) && isObject(args);
  });
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The address of JupyterLab that opens these. */
export function linkTo(lab: string, openings: readonly Opening[]): string {
  const url = new URL(lab);
  url.search = '';
  url.hash = '';
  url.searchParams.set(PARAMETER, encode(openings));
  if (url.href.length > LINK_MAX) {
    throw new Error('There is too much open for one link. Close some views, or share them alone.');
  }
  return url.href;
}
