/** Images in the main area. */

import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import {
  Clipboard,
  ICommandPalette,
  MainAreaWidget,
  Notification,
  ToolbarButton,
  WidgetTracker
} from '@jupyterlab/apputils';
import { CommandRegistry } from '@lumino/commands';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import { Menu } from '@lumino/widgets';

import {
  copyIcon,
  downloadIcon,
  imageIcon,
  infoIcon,
  lassoIcon,
  northIcon,
  resetIcon,
  tableIcon,
  zoomIcon
} from '../icons';
import { ImageView } from '../panel/image';
import { CommandIDs, IPlatform } from '../tokens';
import { reasonText } from '../viewers/dom';
import { parseSpec, specOf, titleOf } from '../viewers/image/spec';
import { saveBlob } from './download';
import { linkTable, openTables } from './open_table';

type ImageTab = MainAreaWidget<ImageView>;

/** Endings of files that may hold images. */
const FITS = /\.(fits|fit|fts)(\.(gz|fz))?$/i;

/** Let a person choose a region file, and draw it. */
function chooseRegions(content: ImageView): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = '.reg,text/plain';
  input.addEventListener('change', () => {
    const [file] = input.files ?? [];
    void file?.text().then(text => {
      const problems = content.readRegions(text);
      if (problems.length > 0) {
        const more = problems.length > 3 ? ` And ${problems.length - 3} more.` : '';
        Notification.warning(`${problems.slice(0, 3).join(' ')}${more}`, { autoClose: 8000 });
      } else if (!content.hasRegions) {
        Notification.warning(`${file.name} has no figures.`, { autoClose: 8000 });
      }
    });
  });
  input.click();
}

/** An image with its toolbar. */
function build(app: JupyterFrontEnd, platform: IPlatform, content: ImageView): ImageTab {
  const tab: ImageTab = new MainAreaWidget({ content });
  const title = titleOf(content.spec.image);
  tab.addClass('lsp-Viewer');
  tab.title.closable = true;
  tab.title.icon = imageIcon;
  tab.title.label = title;
  tab.title.caption =
    'did' in content.spec.image ? content.spec.image.did : content.spec.image.path;
  const { viewer } = content;
  const north = new ToolbarButton({
    icon: northIcon,
    label: 'North up',
    tooltip: 'Turn the image with north up and east to the left',
    onClick: () => {
      content.north = !content.north;
    }
  });
  const header = new ToolbarButton({
    icon: infoIcon,
    label: 'Header',
    tooltip: 'Show the header',
    onClick: () => {
      content.header = !content.header;
    }
  });
  const rows: ToolbarButton = new ToolbarButton({
    icon: tableIcon,
    label: 'Catalogue',
    tooltip: 'Draw the rows of an open table over the image',
    onClick: () => {
      const commands = new CommandRegistry();
      const menu = new Menu({ commands });
      const add = (id: string, label: string, chosen?: string): void => {
        commands.addCommand(id, {
          label,
          isToggled: () => content.catalogue === chosen,
          execute: () => {
            content.catalogue = chosen;
            if (chosen) {
              linkTable(app, platform, chosen);
            }
          }
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
    }
  });
  const regions = new ToolbarButton({
    icon: lassoIcon,
    label: 'Regions',
    tooltip: 'Draw the figures of a region file (DS9), or remove them',
    onClick: () => {
      if (content.hasRegions) {
        content.readRegions('');
      } else {
        chooseRegions(content);
      }
    }
  });
  const { toolbar } = tab;
  const tool = (id: string, icon: typeof zoomIcon, tooltip: string, onClick: () => void): void => {
    toolbar.addItem(id, new ToolbarButton({ icon, tooltip, onClick }));
  };
  tool('fit', resetIcon, 'Show all of it (0)', () => viewer.showAll());
  tool('actual', zoomIcon, 'One pixel for one of the screen (1)', () => viewer.actual());
  toolbar.addItem('north', north);
  toolbar.addItem('header', header);
  toolbar.addItem('rows', rows);
  toolbar.addItem('regions', regions);
  toolbar.addItem(
    'save',
    new ToolbarButton({
      icon: downloadIcon,
      label: 'Picture',
      tooltip: 'Save what is on screen as PNG',
      onClick: () =>
        void viewer.picture().then(
          blob => saveBlob(blob, `${title}.png`),
          (reason: unknown) => Notification.error(reasonText(reason), { autoClose: 8000 })
        )
    })
  );
  toolbar.addItem(
    'code',
    new ToolbarButton({
      icon: copyIcon,
      label: 'Copy as code',
      tooltip: 'Copy the Python that draws this image',
      onClick: () => {
        Clipboard.copyToSystem(content.code());
        Notification.info('Copied.', { autoClose: 2000 });
      }
    })
  );
  const update = (): void => {
    north.pressed = content.north;
    north.enabled = rows.enabled = viewer.sky !== null;
    regions.pressed = content.hasRegions;
    rows.pressed = content.catalogue !== undefined;
    header.pressed = content.header;
    tab.title.label = viewer.outline?.title ?? title;
  };
  content.changed.connect(update);
  update();
  return tab;
}

function activate(
  app: JupyterFrontEnd,
  platform: IPlatform,
  restorer: ILayoutRestorer | null,
  palette: ICommandPalette | null
): void {
  const { commands, shell } = app;
  const tracker = new WidgetTracker<ImageTab>({ namespace: 'lsp-images' });
  let images = 0;
  /** The file that is chosen in the file browser. */
  const chosen = (): string | null => {
    for (const widget of shell.widgets('left')) {
      const browser = widget as unknown as {
        selectedItems?: () => IterableIterator<{ path: string; type: string }>;
      };
      if (widget.id === 'filebrowser' && browser.selectedItems) {
        for (const item of browser.selectedItems()) {
          return item.type !== 'directory' && FITS.test(item.path) ? item.path : null;
        }
      }
    }
    return null;
  };

  commands.addCommand(CommandIDs.openImage, {
    label: 'Open as Image',
    caption: 'Show the image of a FITS file, or a published one',
    icon: imageIcon,
    isVisible: args => args.spec !== undefined || args.image !== undefined || chosen() !== null,
    execute: args => {
      const path = chosen();
      const image = args.image ?? (path === null ? null : { path });
      const spec = parseSpec(args.spec) ?? parseSpec({ ...specOf({ path: '' }), image });
      if (!spec) {
        Notification.warning('Choose a FITS file in the file browser, or an image in a table.', {
          autoClose: 8000
        });
        return null;
      }
      const content = new ImageView(platform, spec);
      images += 1;
      const tab = build(app, platform, content);
      tab.id =
        typeof args.name === 'string' && args.name
          ? args.name
          : `lsp-image-${Date.now().toString(36)}${images}`;
      let saving: ReturnType<typeof setTimeout> | undefined;
      content.changed.connect(() => {
        clearTimeout(saving);
        saving = setTimeout(() => {
          if (!tab.isDisposed) {
            void tracker.save(tab);
          }
        }, 500);
      });
      shell.add(tab, 'main', { type: 'Science Platform Image' });
      void tracker.add(tab);
      shell.activateById(tab.id);
      return tab;
    }
  });
  app.contextMenu.addItem({
    command: CommandIDs.openImage,
    selector: '.jp-DirListing-item[data-isdir="false"]',
    rank: 1
  });
  if (restorer) {
    void restorer.restore(tracker, {
      command: CommandIDs.openImage,
      args: ({ id, content }) =>
        ({ name: id, spec: content.spec }) as unknown as ReadonlyJSONObject,
      name: ({ id }) => id
    });
  }
  palette?.addItem({ command: CommandIDs.openImage, category: 'Science Platform' });
}

/** Adds images. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'lsp-jupyter:images',
  description: 'Images of the science platform.',
  autoStart: true,
  requires: [IPlatform],
  optional: [ILayoutRestorer, ICommandPalette],
  activate
};

export default plugin;
