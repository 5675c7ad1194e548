/** A card beside what the pointer or the keyboard is on. */

/** Milliseconds the pointer must rest first. */
const DELAY = 350;
/** Space kept to the edge of the window, pixels. */
const EDGE = 8;

/** What a card says: a heading, named facts and a text. All of it is plain text. */
export interface CardContent {
  readonly title: string;
  readonly kind?: string;
  readonly facts?: ReadonlyArray<readonly [name: string, value: string]>;
  readonly text?: string;
  /** Text whose line breaks count. */
  readonly code?: string;
}

let serial = 0;

function line(parent: HTMLElement, tag: string, className: string, text: string): void {
  const node = document.createElement(tag);
  node.className = className;
  node.textContent = text;
  parent.appendChild(node);
}

/** One card at a time, shared by all lines of a list. */
export class HoverCard {
  constructor() {
    this._node.className = 'lsp-Card';
    this._node.id = `lsp-card-${(serial += 1)}`;
    this._node.setAttribute('role', 'tooltip');
    this._node.hidden = true;
  }

  /** Show a card beside an element, after a moment unless one is open already. */
  show(anchor: HTMLElement, content: () => CardContent): void {
    clearTimeout(this._timer);
    this._next = anchor;
    this._timer = setTimeout(
      () => this._open(anchor, content()),
      this._node.hidden ? DELAY : DELAY / 3
    );
  }

  /** Take it away; if an element is given, only if it stands beside that one. */
  hide(anchor?: EventTarget): void {
    if (anchor && anchor !== this._anchor && anchor !== this._next) {
      return;
    }
    clearTimeout(this._timer);
    this._next = null;
    this.close();
  }

  /** Take the open card away; one that is about to open still does. */
  close(): void {
    this._anchor?.removeAttribute('aria-describedby');
    this._anchor = null;
    this._node.hidden = true;
  }

  dispose(): void {
    this.hide();
    this._node.remove();
  }

  private _open(anchor: HTMLElement, content: CardContent): void {
    if (!anchor.isConnected) {
      return;
    }
    this.hide();
    this._node.replaceChildren();
    const head = document.createElement('div');
    head.className = 'lsp-Card-head';
    line(head, 'span', 'lsp-Card-title', content.title);
    if (content.kind) {
      line(head, 'span', 'lsp-Card-kind', content.kind);
    }
    this._node.appendChild(head);
    if (content.text) {
      line(this._node, 'div', 'lsp-Card-text', content.text);
    }
    const facts = (content.facts ?? []).filter(([, value]) => value);
    if (facts.length > 0) {
      const list = document.createElement('dl');
      list.className = 'lsp-Card-facts';
      for (const [name, value] of facts) {
        line(list, 'dt', '', name);
        line(list, 'dd', '', value);
      }
      this._node.appendChild(list);
    }
    if (content.code) {
      line(this._node, 'pre', 'lsp-Card-code', content.code);
    }
    document.body.appendChild(this._node);
    this._node.hidden = false;
    this._place(anchor);
    this._anchor = anchor;
    anchor.setAttribute('aria-describedby', this._node.id);
  }

  /** Right of the side bar if there is room, else left of it, always on screen. */
  private _place(anchor: HTMLElement): void {
    const box = anchor.getBoundingClientRect();
    const side = anchor.closest('.lsp-Panel')?.getBoundingClientRect() ?? box;
    const { offsetWidth: width, offsetHeight: height } = this._node;
    const right = side.right + EDGE;
    const left =
      right + width <= window.innerWidth - EDGE ? right : Math.max(EDGE, side.left - EDGE - width);
    const top = Math.max(EDGE, Math.min(box.top, window.innerHeight - EDGE - height));
    this._node.style.left = `${left}px`;
    this._node.style.top = `${top}px`;
  }

  private readonly _node = document.createElement('div');
  private _anchor: HTMLElement | null = null;
  private _next: HTMLElement | null = null;
  private _timer: ReturnType<typeof setTimeout> | undefined;
}
