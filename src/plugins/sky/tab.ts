/** The sky with its toolbar. */

import type { JupyterFrontEnd } from '@jupyterlab/application';
import { MainAreaWidget, Notification, ToolbarButton } from '@jupyterlab/apputils';

import { downloadIcon, linkIcon, resetIcon, skyIcon } from '../../icons';
import type { SkyPanel } from '../../panel/sky';
import { CommandIDs } from '../../tokens';
import type { IPlatform } from '../../tokens';
import { reasonText } from '../../viewers/dom';
import { WHOLE } from '../../viewers/sky/spec';
import { saveBlob } from '../download';
import { cellButton, layersButton } from './layers';

/** The sky in a tab. */
export type SkyTab = MainAreaWidget<SkyPanel>;

/** Make the tab of a sky. */
export function buildSky(app: JupyterFrontEnd, platform: IPlatform, content: SkyPanel): SkyTab {
  const tab: SkyTab = new MainAreaWidget({ content });
  tab.addClass('lsp-Viewer');
  tab.title.closable = true;
  tab.title.icon = skyIcon;
  const whole = new ToolbarButton({
    icon: resetIcon,
    tooltip: 'Show the whole sky',
    onClick: () => {
      const { view } = content.viewer;
      content.viewer.view = { ...view, field: WHOLE.field };
    }
  });
  const picture = new ToolbarButton({
    icon: downloadIcon,
    label: 'Picture',
    tooltip: 'Save what is on screen as PNG',
    onClick: () =>
      void content.viewer.picture().then(
        blob => saveBlob(blob, 'sky.png'),
        (reason: unknown) => Notification.error(reasonText(reason), { autoClose: 8000 })
      )
  });
  const share = new ToolbarButton({
    icon: linkIcon,
    label: 'Copy link',
    tooltip: 'Copy a link that opens this very sky',
    onClick: () => void app.commands.execute(CommandIDs.shareLink, { view: tab.id })
  });
  tab.toolbar.addItem('whole', whole);
  const layers = layersButton(app, platform, content);
  const cell = cellButton(app, content);
  tab.toolbar.addItem('layers', layers);
  tab.toolbar.addItem('cell', cell);
  tab.toolbar.addItem('save', picture);
  tab.toolbar.addItem('link', share);
  const update = (): void => {
    cell.setHidden(content.query === null);
    layers.pressed = content.catalogue !== undefined || content.coverage !== undefined;
    tab.title.label = content.caption;
    tab.title.caption = content.caption;
  };
  content.changed.connect(update);
  update();
  return tab;
}
