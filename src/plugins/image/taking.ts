/** What is taken away from an image: its picture, its code. */

import { Clipboard, Notification, ToolbarButton } from '@jupyterlab/apputils';

import { copyIcon, downloadIcon } from '../../icons';
import { reasonText } from '../../viewers/dom';
import { titleOf } from '../../viewers/image/spec';
import { saveBlob } from '../download';
import type { MakeParts } from './part';

/** Buttons for the picture on screen and for Python. */
export const takingParts: MakeParts = ({ content }) => {
  const picture = new ToolbarButton({
    icon: downloadIcon,
    label: 'Picture',
    tooltip: 'Save what is on screen as PNG',
    onClick: () =>
      void content.viewer.picture().then(
        blob => saveBlob(blob, `${titleOf(content.spec.image)}.png`),
        (reason: unknown) => Notification.error(reasonText(reason), { autoClose: 8000 })
      )
  });
  const code = new ToolbarButton({
    icon: copyIcon,
    label: 'Copy as code',
    tooltip: 'Copy the Python that draws this image',
    onClick: () => {
      Clipboard.copyToSystem(content.code());
      Notification.info('Copied.', { autoClose: 2000 });
    }
  });
  return [
    { id: 'save', widget: picture },
    { id: 'code', widget: code }
  ];
};
