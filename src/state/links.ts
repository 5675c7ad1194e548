/** Documents of links (DataLink 1.1 section 3): a VOTable, read as far as a menu needs it. */

import type { RowLink } from '../viewers/analysis';

/** Links of a document at most. */
const MOST = 200;

/** Whether an address may be opened by a click. */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\/[^\s<>"'`\\^{|}]+$/i.test(text);
}

/** Read the links of a document; what is none of it is left out. */
export function readLinks(text: string): RowLink[] {
  const page = new DOMParser().parseFromString(text, 'application/xml');
  const named = (parent: Element | Document, name: string): Element[] => [
    ...parent.getElementsByTagNameNS('*', name)
  ];
  const [resource] = named(page, 'RESOURCE').filter(one => one.getAttribute('type') === 'results');
  const [table] = resource ? named(resource, 'TABLE') : [];
  if (!table) {
    return [];
  }
  const fields = named(table, 'FIELD').map(field => field.getAttribute('name') ?? '');
  const links: RowLink[] = [];
  for (const row of named(table, 'TR').slice(0, MOST)) {
    const cells = named(row, 'TD').map(cell => cell.textContent.trim());
    const cell = (name: string): string => cells[fields.indexOf(name)] ?? '';
    const bytes = Number(cell('content_length'));
    const url = cell('access_url');
    links.push({
      url: isWebAddress(url) ? url : '',
      semantics: cell('semantics'),
      description: cell('description'),
      type: cell('content_type'),
      bytes: bytes > 0 ? bytes : null,
      error: cell('error_message')
    });
  }
  // What only a service with parameters gives has no address to open.
  return links.filter(link => link.url || link.error);
}

/** The identifier in an address of the links of a server; `null` for any other address. */
export function linkedImage(url: string, base: string): string | null {
  try {
    const server = new URL(base, window.location.href);
    const own = new URL('lsp_jupyter/datalink/links', server);
    const asked = new URL(url, server);
    const same = asked.origin === own.origin && asked.pathname === own.pathname;
    return same ? asked.searchParams.get('ID') : null;
  } catch {
    return null;
  }
}
