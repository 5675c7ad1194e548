/** The panels at the side of a table. */

import { ColumnsPanel } from './columns_panel';
import type { DrawerTab } from './drawer';
import { FormulasPanel } from './formulas_panel';
import { MatchPanel } from './match_panel';
import { RowPanel } from './row_panel';
import { SavePanel } from './save_panel';
import { StatisticsPanel } from './statistics_panel';
import { SubsetsPanel } from './subsets_panel';
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
          edit: name => {
            table.openDrawer('formulas');
            (table.panel as FormulasPanel).edit(name);
          },
          isDerived: name => showing.wanted.derive.some(([one]) => one === name),
          reveal: name => table.reveal(name)
        })
    }
  ];
  const row: DrawerTab = {
    id: 'row',
    label: 'Row',
    title: 'Everything about the row at the cursor',
    open: () => new RowPanel(model, table.selector, did => table.ask({ kind: 'image', did }))
  };
  if (!analysis) {
    return [...tabs, row];
  }
  const shown = (): string[] => model.columns.map(column => column.name);
  return [
    ...tabs,
    {
      id: 'statistics',
      label: 'Statistics',
      title: 'Statistics of the columns in this view',
      open: () =>
        new StatisticsPanel({
          analysis,
          view: () => model.view,
          columns: shown,
          announce: text => table.announce(text)
        })
    },
    row,
    {
      id: 'formulas',
      label: 'Formulas',
      title: 'Computed columns and conditions',
      open: () => new FormulasPanel(analysis, model, showing, name => table.reveal(name))
    },
    {
      id: 'subsets',
      label: 'Subsets',
      title: 'Sets of rows with a name',
      open: () =>
        new SubsetsPanel({
          source: model.source,
          analysis,
          showing,
          save: () => table.openDrawer('save'),
          announce: text => table.announce(text)
        })
    },
    {
      id: 'save',
      label: 'Save',
      title: 'Save the table as it is shown',
      open: () =>
        new SavePanel({
          analysis,
          view: () => model.view,
          columns: shown,
          all: () => model.all.map(column => column.name),
          rows: () => model.rows,
          download: url => table.ask({ kind: 'download', url }),
          keep: part => table.ask({ kind: 'keep', ...part }),
          copy: adql => table.ask({ kind: 'code', adql })
        })
    },
    {
      id: 'match',
      label: 'Match',
      title: 'Match this table with another open one',
      open: () =>
        new MatchPanel({
          analysis,
          columns: model.source.columns,
          query: (adql, run) => table.ask({ kind: 'query', adql, run })
        })
    }
  ];
}
