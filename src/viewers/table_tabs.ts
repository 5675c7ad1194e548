/** The panels at the side of a table. */

import { ColumnsPanel } from './columns_panel';
import type { DrawerTab } from './drawer';
import { StatisticsPanel } from './statistics_panel';
import type { TableViewer } from './table';

/** Those that its source can serve. */
export function tableTabs(table: TableViewer): DrawerTab[] {
  const { model, showing, columns } = table;
  const { analysis } = model.source;
  const tabs: DrawerTab[] = [
    {
      id: 'columns',
      label: 'Columns',
      title: 'Choose columns and their order',
      open: () =>
        new ColumnsPanel({
          layout: columns,
          columns: () => model.all,
          edit: () => undefined,
          isDerived: name => showing.wanted.derive.some(([one]) => one === name),
          reveal: name => table.reveal(name)
        })
    }
  ];
  if (analysis) {
    tabs.push({
      id: 'statistics',
      label: 'Statistics',
      title: 'Statistics of the columns in this view',
      open: () =>
        new StatisticsPanel({
          analysis,
          view: () => model.view,
          columns: () => model.columns.map(column => column.name),
          announce: text => table.announce(text)
        })
    });
  }
  return tabs;
}
