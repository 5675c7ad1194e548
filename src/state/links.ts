/** Documents of links (DataLink 1.1 section 3): a VOTable, read as far as a menu needs it. */

import type { LinkAddress, RowLink, RowService } from '../viewers/analysis';

/** Links of a document at most. */
const MOST = 200;
/** Parameters of a service at most. */
const MOST_PARAMETERS = 60;

/** Whether an address may be opened by a click. */
export function isWebAddress(text: string): boolean {
  return /^https?:\/\/[^\s<>"'`\\^{|}]+$/i.test(text);
}

/** Elements of a name below another, whatever their namespace. */
function named(parent: Element | Document, name: string): Element[] {
  return [...parent.getElementsByTagNameNS('*', name)];
}

/** What an attribute says; empty if there is none. */
function said(node: Element | undefined, name: string): string {
  return node?.getAttribute(name) ?? '';
}

/** A description of a service, with the values of a row of links filled in. */
function readService(resource: Element, cellOf: (field: string) => string): RowService | null {
  const params = named(resource, 'PARAM');
  const about = (name: string): string =>
    said(
      params.find(one => said(one, 'name') === name),
      'value'
    );
  const url = about('accessURL');
  const group = named(resource, 'GROUP').find(one => said(one, 'name') === 'inputParams');
  if (!isWebAddress(url) || !group) {
    return null;
  }
  const parameters = named(group, 'PARAM').slice(0, MOST_PARAMETERS);
  return {
    url,
    standard: about('standardID'),
    parameters: parameters.map(one => ({
      name: said(one, 'name'),
      unit: said(one, 'unit'),
      xtype: said(one, 'xtype'),
      description: named(one, 'DESCRIPTION')[0]?.textContent.trim() ?? '',
      value: said(one, 'value') || cellOf(said(one, 'ref')),
      most: said(named(one, 'MAX')[0], 'value'),
      options: named(one, 'OPTION').map(option => said(option, 'value'))
    }))
  };
}

/** Read the links of a document; what is none of it is left out. */
export function readLinks(text: string): RowLink[] {
  const page = new DOMParser().parseFromString(text, 'application/xml');
  const [resource] = named(page, 'RESOURCE').filter(one => one.getAttribute('type') === 'results');
  const [table] = resource ? named(resource, 'TABLE') : [];
  if (!table) {
    return [];
  }
  const fields = named(table, 'FIELD').map(field => said(field, 'name'));
  const ids = named(table, 'FIELD').map(field => said(field, 'ID'));
  const services = new Map(
    named(page, 'RESOURCE')
      .filter(one => said(one, 'utype') === 'adhoc:service')
      .map(one => [said(one, 'ID'), one])
  );
  const links: RowLink[] = [];
  for (const row of named(table, 'TR').slice(0, MOST)) {
    const cells = named(row, 'TD').map(cell => cell.textContent.trim());
    const cell = (name: string): string => cells[fields.indexOf(name)] ?? '';
    const bytes = Number(cell('content_length'));
    const url = cell('access_url');
    const service = services.get(cell('service_def'));
    links.push({
      url: isWebAddress(url) ? url : '',
      semantics: cell('semantics'),
      description: cell('description'),
      type: cell('content_type'),
      bytes: bytes > 0 ? bytes : null,
      error: cell('error_message'),
      service: service ? readService(service, id => (id && cells[ids.indexOf(id)]) || '') : null
    });
  }
  return links.filter(link => link.url || link.error || link.service);
}

/** Whether an address is one of a server. */
export function isOwn(url: string, base: string): boolean {
  try {
    const server = new URL(base, window.location.href);
    const asked = new URL(url, server);
    return asked.origin === server.origin && asked.pathname.startsWith(server.pathname);
  } catch {
    return false;
  }
}

/** Where the links behind an address of a server are; `null` for any other address. */
export function linkAddress(url: string, base: string): LinkAddress | null {
  if (!isOwn(url, base)) {
    return null;
  }
  const plain = (part: string): string => {
    try {
      return decodeURIComponent(part);
    } catch {
      return '';
    }
  };
  const server = new URL(base, window.location.href);
  const asked = new URL(url, server);
  const [platform, ...path] = asked.pathname.slice(server.pathname.length).split('/').map(plain);
  const id = asked.searchParams.get('ID');
  const isLinks =
    platform === 'lsp_jupyter' &&
    path[0] === 'datalink' &&
    (path.length === 3 || (path.length === 2 && path[1] === 'links'));
  return isLinks && path.every(part => part !== '') && id ? { path, id } : null;
}
