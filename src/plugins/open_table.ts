/** Tables that are open in the main area. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { Widget } from '@lumino/widgets';

import { ResultView } from '../panel/result';
import type { IPlatform } from '../tokens';
import type { TableViewer } from '../viewers/table';

/** The table of a result, if it is open. */
export function tableOf(app: JupyterFrontEnd, id: string): TableViewer | null {
  for (const widget of app.shell.widgets('main')) {
    const content = widget instanceof MainAreaWidget ? (widget.content as Widget) : null;
    if (content instanceof ResultView && content.jobId === id) {
      return content.table;
    }
  }
  return null;
}

/** All tables that are open. */
export function openTables(
  app: JupyterFrontEnd
): readonly { readonly jobId: string; readonly label: string }[] {
  const found = [];
  for (const widget of app.shell.widgets('main')) {
    const content = widget instanceof MainAreaWidget ? (widget.content as Widget) : null;
    if (content instanceof ResultView) {
      found.push({ jobId: content.jobId, label: widget.title.label });
    }
  }
  return found;
}

const linked = new WeakSet<TableViewer>();

/** The table of a result and all other views of it look at the same row. */
export function linkTable(app: JupyterFrontEnd, platform: IPlatform, id: string): void {
  const table = tableOf(app, id);
  if (!table || linked.has(table)) {
    return;
  }
  linked.add(table);
  const { highlight } = platform;
  const { model, selector } = table;
  let shown = highlight.get(id);
  selector.changed.connect(() => {
    const row = selector.row >= 0 ? (model.rowId(selector.row) ?? null) : null;
    if (row !== null && row !== shown) {
      shown = row;
      highlight.highlight(id, row, table);
    }
  });
  const onHighlight = (
    _: object,
    change: { result: string; row: number | null; by: object | null }
  ): void => {
    if (change.result !== id || change.by === table || change.row === null) {
      return;
    }
    shown = change.row;
    const place = model.positionOf(change.row);
    if (place !== undefined) {
      selector.moveTo(place);
      table.grid.scrollToRow(place);
    }
  };
  highlight.changed.connect(onHighlight);
  table.disposed.connect(() => highlight.changed.disconnect(onHighlight));
}
