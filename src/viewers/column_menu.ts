/** The menu of a column. */

import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import { copyText } from './clipboard';
import { FROZEN_MAX } from './layout';
import type { TableViewer } from './table';

/** What can be done with one column of a table. */
export class ColumnMenu {
  constructor(table: TableViewer) {
    const { showing, columns, model, distributions } = table;
    const name = (): string => this._name;
    const place = (): number => model.columns.findIndex(one => one.name === this._name);
    const order = (): string | undefined => showing.order(this._name);
    const add = (id: string, label: string, execute: () => void, more: object = {}): void => {
      const isEnabled = (): boolean => model.source.complete;
      this._commands.addCommand(id, { label, execute, isEnabled, ...more });
      this._menu.addItem({ command: id });
    };
    const always = { isEnabled: () => true };
    this._menu.addClass('lsp-Menu');
    add('asc', 'Sort ascending', () => void showing.sort(name(), 'asc', false), {
      isToggled: () => order() === 'asc'
    });
    add('desc', 'Sort descending', () => void showing.sort(name(), 'desc', false), {
      isToggled: () => order() === 'desc'
    });
    add('then-asc', 'Then sort ascending', () => void showing.sort(name(), 'asc', true));
    add('then-desc', 'Then sort descending', () => void showing.sort(name(), 'desc', true));
    add('unsort', 'Do not sort by this column', () => void showing.sort(name(), undefined, true), {
      isEnabled: () => order() !== undefined
    });
    this._menu.addItem({ type: 'separator' });
    add('filter', 'Filter…', () => table.focusFilter(name()));
    add('unfilter', 'Clear this filter', () => table.filterBy(name(), ''), {
      isEnabled: () => showing.wanted.filters.has(name())
    });
    if (model.source.analysis) {
      add('distributions', 'Distributions', () => (distributions.shown = !distributions.shown), {
        isToggled: () => distributions.shown
      });
    }
    this._menu.addItem({ type: 'separator' });
    add('fit', 'Fit width', () => table.fitColumn(place()), always);
    add('hide', 'Hide column', () => columns.show([name()], false), {
      isEnabled: () => model.columns.length > 1
    });
    add('freeze', 'Keep in place up to here', () => columns.freeze(place() + 1), {
      isEnabled: () => place() < Math.min(FROZEN_MAX, model.columns.length - 1)
    });
    add('unfreeze', 'Let all columns scroll', () => columns.freeze(0), {
      isEnabled: () => columns.frozen > 0
    });
    add('choose', 'Choose columns…', () => table.openDrawer('columns'), always);
    add('copy', 'Copy name', () => void copyText(name()), always);
  }

  /** Open it for a column, at a place of the page. */
  open(name: string, x: number, y: number): void {
    this._name = name;
    this._menu.open(x, y);
  }

  dispose(): void {
    this._menu.dispose();
  }

  private _name = '';
  private readonly _commands = new CommandRegistry();
  private readonly _menu = new Menu({ commands: this._commands });
}
