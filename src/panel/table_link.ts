/** A table and all other views of its result look at the same row. */

import type { HighlightChange, HighlightModel } from '../state/highlight';
import type { TableViewer } from '../viewers/table';

/** Join a table to the row that is looked at, for as long as it is open. */
export function linkTable(highlight: HighlightModel, id: string, table: TableViewer): void {
  const { model, selector } = table;
  let shown: number | null = null;
  const show = (row: number | null): void => {
    shown = row ?? shown;
    const place = row === null ? undefined : model.positionOf(row);
    if (place !== undefined && place !== selector.row) {
      selector.moveTo(place);
      table.grid.scrollToRow(place);
    }
  };
  selector.changed.connect(() => {
    const row = selector.row >= 0 ? (model.rowId(selector.row) ?? null) : null;
    if (row !== null && row !== shown) {
      shown = row;
      highlight.highlight(id, row, table);
    }
  });
  const onHighlight = (_: object, change: HighlightChange): void => {
    if (change.result === id && change.by !== table) {
      show(change.row);
    }
  };
  highlight.changed.connect(onHighlight);
  table.disposed.connect(() => highlight.changed.disconnect(onHighlight));
  show(highlight.get(id));
}
