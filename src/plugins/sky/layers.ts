/** What is drawn over the sky: open tables, counts of their rows, coverage, regions. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { ToolbarButton } from '@jupyterlab/apputils';
import { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import { tableIcon } from '../../icons';
import type { SkyPanel } from '../../panel/sky';
import { loadImageReleases } from '../../state/sky';
import { CommandIDs } from '../../tokens';
import type { IPlatform } from '../../tokens';
import { openTables } from '../open_table';

/** The order of the cells in which rows are counted: 1.8 degrees. */
const ORDER = 5;

/** The query that counts the rows of a table by cells. */
export function countQuery(table: string, position: readonly [string, string]): string {
  const cell = `ivo_healpix_index(${ORDER}, ${position.join(', ')})`;
  return `SELECT ${cell} AS hpx, COUNT(*) AS n\nFROM ${table}\nGROUP BY ${cell}`;
}

/** A button with all of them. */
export function layersButton(
  app: JupyterFrontEnd,
  platform: IPlatform,
  content: SkyPanel
): ToolbarButton {
  const count = async (query: string): Promise<void> => {
    const job = await platform.client.submit({ adql: query });
    content.catalogue = job.id;
  };
  const open = (): void => {
    const commands = new CommandRegistry();
    const menu = new Menu({ commands });
    let entries = 0;
    const add = (into: Menu, label: string, on: boolean, execute: () => unknown): void => {
      entries += 1;
      const id = `layer-${entries}`;
      commands.addCommand(id, { label, isToggled: () => on, execute });
      into.addItem({ command: id });
    };
    add(menu, 'No Rows', content.catalogue === undefined, () => (content.catalogue = undefined));
    for (const { jobId, label } of openTables(app)) {
      add(menu, label, content.catalogue === jobId, () => (content.catalogue = jobId));
    }
    menu.addItem({ type: 'separator' });
    const counts = new Menu({ commands });
    counts.title.label = 'Count the Rows of';
    for (const release of platform.catalog.releases) {
      for (const table of release.tables) {
        const { position } = table;
        if (position) {
          add(counts, table.name, false, () => count(countQuery(table.name, position)));
        }
      }
    }
    menu.addItem({ type: 'submenu', submenu: counts });
    const coverage = new Menu({ commands });
    coverage.title.label = 'Coverage of Images of';
    add(coverage, 'None', content.coverage === undefined, () => (content.coverage = undefined));
    void loadImageReleases(platform.client).then(releases => {
      for (const release of releases) {
        add(coverage, release, content.coverage === release, () => (content.coverage = release));
      }
    });
    menu.addItem({ type: 'submenu', submenu: coverage });
    menu.aboutToClose.connect(() => requestAnimationFrame(() => menu.dispose()));
    const box = button.node.getBoundingClientRect();
    menu.open(box.left, box.bottom);
  };
  const button: ToolbarButton = new ToolbarButton({
    icon: tableIcon,
    label: 'Layers',
    tooltip: 'Draw rows of tables, counts of rows, or the coverage of images over the sky',
    onClick: open
  });
  return button;
}

/** A button that asks for the rows of the cell that was picked. */
export function cellButton(app: JupyterFrontEnd, content: SkyPanel): ToolbarButton {
  return new ToolbarButton({
    label: 'Rows of the cell',
    tooltip: 'Run the query for the rows of the cell that was picked',
    onClick: () => {
      const { query } = content;
      if (query) {
        void app.commands.execute(CommandIDs.runQuery, { adql: query });
      }
    }
  });
}
