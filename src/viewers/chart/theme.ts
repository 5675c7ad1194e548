/** The colours of the page, as charts need them. */

import { isDark } from './colours';
import type { ChartTheme } from './drawn';

/** Read the theme that holds at an element. */
export function readChartTheme(node: HTMLElement): ChartTheme {
  const probe = document.createElement('span');
  probe.style.display = 'none';
  node.appendChild(probe);
  const style = getComputedStyle(probe);
  const colour = (name: string): string => {
    probe.style.color = `var(${name})`;
    return style.color;
  };
  const background = colour('--lsp-chart-background');
  const out = {
    background,
    text: colour('--lsp-chart-text'),
    faint: colour('--lsp-chart-faint'),
    line: colour('--lsp-chart-line'),
    font: '',
    size: 12,
    dark: isDark(background)
  };
  probe.style.font = 'var(--lsp-chart-font)';
  const font = style.fontFamily || 'sans-serif';
  const size = parseFloat(style.fontSize) || 12;
  probe.remove();
  return { ...out, font, size };
}
