/** Images in the main area. */

import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, Notification, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyJSONObject } from '@lumino/coreutils';

import { imageIcon } from '../../icons';
import { ImageView } from '../../panel/image';
import { CommandIDs, IPlatform } from '../../tokens';
import { parseSpec, specOf } from '../../viewers/image/spec';
import type { ImageTab } from './part';
import { buildTab } from './tab';

/** Endings of files that may hold images. */
const FITS = /\.(fits|fit|fts)(\.(gz|fz))?$/i;

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
      const tab = buildTab(app, platform, content);
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
