/** An image with its toolbar. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget } from '@jupyterlab/apputils';

import { imageIcon } from '../../icons';
import type { ImageView } from '../../panel/image';
import type { IPlatform } from '../../tokens';
import { titleOf } from '../../viewers/image/spec';
import { catalogueParts } from './catalogue';
import { lookingParts } from './looking';
import type { ImageTab, MakeParts } from './part';
import { regionParts } from './regions';
import { takingParts } from './taking';

/** What the toolbar has, in its order. */
const PARTS: readonly MakeParts[] = [lookingParts, catalogueParts, regionParts, takingParts];

/** Make the tab of an image. */
export function buildTab(app: JupyterFrontEnd, platform: IPlatform, content: ImageView): ImageTab {
  const tab: ImageTab = new MainAreaWidget({ content });
  const { image } = content.spec;
  const title = titleOf(image);
  tab.addClass('lsp-Viewer');
  tab.title.closable = true;
  tab.title.icon = imageIcon;
  tab.title.label = title;
  tab.title.caption = 'did' in image ? image.did : image.path;
  const parts = PARTS.flatMap(make => make({ app, platform, content, tab }));
  for (const { id, widget } of parts) {
    tab.toolbar.addItem(id, widget);
  }
  const update = (): void => {
    tab.title.label = content.viewer.outline?.title ?? title;
    for (const part of parts) {
      part.update?.();
    }
  };
  content.changed.connect(update);
  update();
  return tab;
}
