/** Rows as text for other programs. */

import { cellText } from './cells';
import type { TableModel } from './model';
import { count } from './ranges';
import type { Ranges } from './ranges';
import type { RowSelector } from './select';
import { rowCount } from './footer';
import { PLAIN } from './source';

/** Rows copied at most. */
export const COPY_MAX = 10_000;
/** Rows read at once. */
const STEP = 500;

/** A cell of tab-separated text: no tab and no line break of its own. */
function tsv(text: string): string {
  return text.replace(/[\t\r\n]+/g, ' ');
}

/** Rows of the result as tab-separated text with a line of names, every digit kept. */
export async function rowsAsText(
  model: TableModel,
  rows: Ranges,
  signal: AbortSignal
): Promise<string> {
  const names = model.columns.map(column => column.name);
  // Every row in its own order, with what is computed of it.
  const view = { ...PLAIN, derive: model.view.derive };
  const lines = [names.map(tsv).join('\t')];
  for (const [start, end] of rows) {
    for (let at = start; at < end && lines.length <= COPY_MAX;) {
      const wanted = Math.min(STEP, end - at, COPY_MAX + 1 - lines.length);
      const { table } = await model.source.fetch(at, wanted, view, signal);
      const vectors = names.map(name => table.getChild(name));
      for (let row = 0; row < table.numRows; row += 1) {
        lines.push(
          vectors.map(vector => (vector ? tsv(cellText(vector, row, null)) : '')).join('\t')
        );
      }
      if (table.numRows === 0) {
        break;
      }
      at += table.numRows;
    }
  }
  return lines.join('\n');
}

/** Put text on the clipboard, also where the page may not use the modern way. */
export async function copyText(text: string): Promise<void> {
  if (navigator.clipboard) {
    try {
      await navigator.clipboard.writeText(text);
      return;
    } catch {
      // Not allowed here: use the old way.
    }
  }
  const area = document.createElement('textarea');
  const active = document.activeElement;
  area.value = text;
  area.className = 'lsp-Table-mirror';
  document.body.appendChild(area);
  area.select();
  document.execCommand('copy');
  area.remove();
  (active as HTMLElement | null)?.focus();
}

/** Put the selected rows on the clipboard, or the cell at the cursor if none is; says what it did. */
export async function copySelected(
  model: TableModel,
  selector: RowSelector,
  signal: AbortSignal
): Promise<string> {
  const { ranges } = model.source.selection;
  const rows = count(ranges);
  if (rows === 0) {
    const text = selector.row >= 0 ? model.exact(selector.row, selector.column) : undefined;
    if (text === undefined) {
      return '';
    }
    await copyText(text);
    return 'Copied the cell.';
  }
  await copyText(await rowsAsText(model, ranges, signal));
  const copied = Math.min(rows, COPY_MAX);
  return `Copied ${rowCount(copied)}${rows > copied ? ` of ${rows.toLocaleString('en')}` : ''}.`;
}
