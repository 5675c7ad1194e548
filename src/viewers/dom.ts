/** Small helpers to build elements; text is only ever text. */

/** Add an element to another. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
  parent: Node | null,
  text = ''
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  if (className) {
    node.className = className;
  }
  if (text) {
    node.textContent = text;
  }
  parent?.appendChild(node);
  return node;
}

/** A button that does something; `label` says it at greater length. */
export function button(
  className: string,
  parent: Node | null,
  text: string,
  action: (event: MouseEvent) => void,
  label = ''
): HTMLButtonElement {
  const node = element('button', className, parent, text);
  node.type = 'button';
  if (label) {
    node.title = label;
    // Who sees the text and says it must find the button.
    if (text.length < 2 || label.startsWith(text)) {
      node.setAttribute('aria-label', label);
    }
  }
  node.addEventListener('click', action);
  return node;
}

/** What went wrong, in words. */
export function reasonText(reason: unknown): string {
  if (reason instanceof Error) {
    const { hint } = reason as { hint?: string };
    return hint ? `${reason.message} ${hint}` : reason.message;
  }
  return String(reason);
}

/** Whether somebody cancelled this on purpose. */
export function isCancelled(reason: unknown): boolean {
  return reason instanceof Error && reason.name === 'AbortError';
}
