/** Figures of region files over an image. */

import { Notification, ToolbarButton } from '@jupyterlab/apputils';

import { lassoIcon } from '../../icons';
import type { ImageView } from '../../panel/image';
import type { MakeParts } from './part';

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

/** A button that reads a region file, or removes what it has. */
export const regionParts: MakeParts = ({ content }) => {
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
  const update = (): void => {
    regions.pressed = content.hasRegions;
  };
  return [{ id: 'regions', widget: regions, update }];
};
