/** Which rows are drawn over an image. */

import { ToolbarButton } from '@jupyterlab/apputils';
import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import { tableIcon } from '../../icons';
import { openTables } from '../open_table';
import type { MakeParts } from './part';

/** A button with the tables that are open. */
export const catalogueParts: MakeParts = ({ app, content }) => {
  const open = (): void => {
    const commands = new CommandRegistry();
    const menu = new Menu({ commands });
    const add = (id: string, label: string, chosen?: string): void => {
      commands.addCommand(id, {
        label,
        isToggled: () => content.catalogue === chosen,
        execute: () => (content.catalogue = chosen)
      });
      menu.addItem({ command: id });
    };
    add('none', 'No Rows');
    for (const { jobId, label } of openTables(app)) {
      add(jobId, label, jobId);
    }
    menu.aboutToClose.connect(() => requestAnimationFrame(() => menu.dispose()));
    const box = rows.node.getBoundingClientRect();
    menu.open(box.left, box.bottom);
  };
  const rows: ToolbarButton = new ToolbarButton({
    icon: tableIcon,
    label: 'Catalogue',
    tooltip: 'Draw the rows of an open table over the image',
    onClick: open
  });
  const update = (): void => {
    rows.enabled = content.viewer.sky !== null;
    rows.pressed = content.catalogue !== undefined;
  };
  return [{ id: 'rows', widget: rows, update }];
};
