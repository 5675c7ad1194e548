/** Tables that are open in the main area. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';
import type { Widget } from '@lumino/widgets';

import { ResultView } from '../panel/result';
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
