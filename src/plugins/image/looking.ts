/** How an image lies on screen, and its header. */

import { ToolbarButton } from '@jupyterlab/apputils';

import { infoIcon, northIcon, resetIcon, zoomIcon } from '../../icons';
import type { MakeParts } from './part';

/** All of it, its pixels, north up, the header. */
export const lookingParts: MakeParts = ({ content }) => {
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
  const fit = new ToolbarButton({
    icon: resetIcon,
    tooltip: 'Show all of it (0)',
    onClick: () => viewer.showAll()
  });
  const actual = new ToolbarButton({
    icon: zoomIcon,
    tooltip: 'One pixel for one of the screen (1)',
    onClick: () => viewer.actual()
  });
  return [
    { id: 'fit', widget: fit },
    { id: 'actual', widget: actual },
    {
      id: 'north',
      widget: north,
      update: () => {
        north.pressed = content.north;
        north.enabled = viewer.sky !== null;
      }
    },
    {
      id: 'header',
      widget: header,
      update: () => {
        header.pressed = content.header;
      }
    }
  ];
};
