/** The colours of the page, as the canvas needs them. */

/** Colours and fonts of a table. */
export interface Theme {
  readonly background: string;
  readonly stripe: string;
  readonly line: string;
  readonly text: string;
  readonly faint: string;
  readonly header: string;
  readonly headerText: string;
  readonly selected: string;
  readonly selectedHeader: string;
  readonly hover: string;
  readonly cursor: string;
  readonly font: string;
}

/** Names of the style sheet's properties that hold them. */
const COLOURS = {
  background: '--lsp-table-background',
  stripe: '--lsp-table-stripe',
  line: '--lsp-table-line',
  text: '--lsp-table-text',
  faint: '--lsp-table-faint',
  header: '--lsp-table-header',
  headerText: '--lsp-table-header-text',
  selected: '--lsp-table-selected',
  selectedHeader: '--lsp-table-selected-header',
  hover: '--lsp-table-hover',
  cursor: '--lsp-table-cursor'
} as const;

/** Read the theme that holds at an element of the page. */
export function readTheme(node: HTMLElement): Theme {
  const probe = document.createElement('span');
  probe.style.display = 'none';
  node.appendChild(probe);
  const style = getComputedStyle(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(${name})`;
    return style.color;
  };
  const colours = Object.fromEntries(
    Object.entries(COLOURS).map(([key, name]) => [key, colour(name)])
  ) as Record<keyof typeof COLOURS, string>;
  probe.style.font = 'var(--lsp-table-font)';
  const font = `${style.fontSize} ${style.fontFamily}`;
  probe.remove();
  return { ...colours, font };
}

/** Call back when the page changes its theme, until the returned function is called. */
export function watchTheme(callback: () => void): () => void {
  const observer = new MutationObserver(callback);
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ['data-jp-theme-name', 'data-jp-theme-light', 'data-theme', 'class']
  });
  const media = window.matchMedia('(prefers-color-scheme: dark)');
  media.addEventListener('change', callback);
  return () => {
    observer.disconnect();
    media.removeEventListener('change', callback);
  };
}
