/** What belongs to a row: files, pictures, services (DataLink 1.1). */

import type { Analysis, LinkAddress, RowLink } from './analysis';
import { copyText } from './clipboard';
import { button, element, isCancelled, reasonText } from './dom';
import { ServiceForm } from './service_form';
import type { RowValue } from './service_form';
import { bytesText } from './units';

/** Links listed at once. */
const LISTED = 40;

/** Whether text is an address that may be opened by a click. */
export function webAddress(text: string): string | null {
  if (!/^https?:\/\/\S+$/i.test(text)) {
    return null;
  }
  try {
    const url = new URL(text);
    return url.protocol === 'http:' || url.protocol === 'https:' ? url.href : null;
  } catch {
    return null;
  }
}

/** A link that leaves the page safely. */
export function link(parent: HTMLElement, url: string, text: string): HTMLAnchorElement {
  const node = element('a', 'lsp-Row-link', parent, text);
  node.href = url;
  node.target = '_blank';
  node.rel = 'noopener noreferrer';
  return node;
}

/** The links of one row. */
export class RowLinks {
  constructor(
    private readonly _analysis: Analysis | undefined,
    private readonly _image: (did: string) => void
  ) {
    this.node.className = 'lsp-Row-links';
  }

  readonly node = document.createElement('div');

  /** Nothing is known of any row. */
  clear(): void {
    this.node.replaceChildren();
  }

  /** Find what belongs to a row, given by its values by the names of columns in lower case. */
  find(values: ReadonlyArray<readonly [name: string, text: string]>, signal: AbortSignal): void {
    this.clear();
    const analysis = this._analysis;
    const of: RowValue = name => values.find(([key]) => key === name)?.[1] ?? '';
    const own = values.map(([, text]) => (webAddress(text) ? analysis?.ownLinks(text) : null));
    const did = of('obs_publisher_did');
    const image = did ? { path: ['datalink', 'links'], id: did } : null;
    const address: LinkAddress | null = own.find(one => one) ?? image;
    if (!analysis || !address) {
      return;
    }
    const title = element('h4', 'lsp-Panel-title', this.node, 'What belongs to this row');
    if (did) {
      button('lsp-Panel-action', this.node, 'Open image', () => this._image(did));
    }
    const note = element('div', 'lsp-Panel-note', this.node, 'Looking…');
    note.setAttribute('role', 'status');
    analysis
      .links(address, signal)
      .then(links => {
        if (!signal.aborted) {
          note.textContent = links.length > 0 ? '' : 'Nothing is known of it here.';
          title.after(this._list(links, of));
        }
      })
      .catch((reason: unknown) => {
        if (!isCancelled(reason) && !signal.aborted) {
          note.textContent = `${reasonText(reason)} `;
          button('lsp-Link', note, 'Try again', () => this.find(values, signal));
        }
      });
  }

  private _list(links: readonly RowLink[], of: RowValue): HTMLElement {
    const list = element('ul', 'lsp-Row-linked', null);
    list.setAttribute('aria-label', 'Links of this row');
    links.slice(0, LISTED).forEach(one => list.append(this._item(one, of)));
    const rest = links.slice(LISTED);
    if (rest.length > 0) {
      const more = element('li', '', list);
      button('lsp-Link', more, `Show ${rest.length} more`, () =>
        more.replaceWith(...rest.map(one => this._item(one, of)))
      );
    }
    return list;
  }

  private _item(one: RowLink, of: RowValue): HTMLElement {
    const item = element('li', '', null);
    const { service } = one;
    const name = one.description || one.semantics || one.url;
    const url = webAddress(service?.url ?? one.url);
    if (service && url) {
      this._offer(item, service, name, of);
    } else if (url) {
      link(item, url, name);
    } else {
      element('span', 'lsp-Panel-note', item, one.error);
    }
    // Who leaves this server should know it before.
    const host = url && !this._analysis?.isOwn(url) ? `at ${new URL(url).host}` : '';
    const size = one.bytes === null ? '' : bytesText(one.bytes);
    const facts = [one.semantics, one.type.split(';')[0], size, host].filter(text => text !== '');
    item.append(element('div', 'lsp-Row-about', null, facts.join(' · ')));
    return item;
  }

  /** A service opens its form below its name. */
  private _offer(
    item: HTMLElement,
    service: NonNullable<RowLink['service']>,
    name: string,
    of: RowValue
  ): void {
    if (/#async/i.test(service.standard)) {
      element('span', '', item, name);
      button(
        'lsp-Link lsp-Service-address',
        item,
        'Copy address',
        () => void copyText(service.url)
      );
      return;
    }
    let form: ServiceForm | null = null;
    const head = button('lsp-Link lsp-Service-head', item, `${name}…`, () => {
      if (!form) {
        form = new ServiceForm(service, name, of, text => void copyText(text));
        form.node.hidden = true;
        item.append(form.node);
        form.node.addEventListener('keydown', event => {
          if (event.key === 'Escape') {
            event.stopPropagation();
            form!.node.hidden = true;
            head.setAttribute('aria-expanded', 'false');
            head.focus();
          }
        });
      }
      form.node.hidden = !form.node.hidden;
      head.setAttribute('aria-expanded', String(!form.node.hidden));
      if (!form.node.hidden) {
        form.node.querySelector<HTMLElement>('input, select')?.focus();
      }
    });
    head.setAttribute('aria-expanded', 'false');
  }
}
