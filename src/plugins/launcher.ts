/** The card of the launcher. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ILauncher } from '@jupyterlab/launcher';

import { CommandIDs, IPlatform } from '../tokens';

/** Adds the card. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'lsp-jupyter:launcher',
  description: 'The science platform in the launcher.',
  autoStart: true,
  requires: [IPlatform, ILauncher],
  activate: (_: JupyterFrontEnd, platform: IPlatform, launcher: ILauncher): void => {
    void platform;
    launcher.add({
      command: CommandIDs.openPanel,
      args: { isLauncher: true },
      category: 'Science Platform',
      rank: 1
    });
  }
};

export default plugin;
