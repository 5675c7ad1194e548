/** The status bar: what runs, and whether the server answers. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { IStatusBar, TextItem } from '@jupyterlab/statusbar';
import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import { CommandIDs, IPlatform } from '../tokens';

/** What the bar says, and its tooltip. */
export function statusText(active: number, lost: boolean): readonly [text: string, title: string] {
  if (lost) {
    return [
      'Science Platform: no connection',
      'The server does not answer; trying again by itself.'
    ];
  }
  if (active > 0) {
    const queries = active === 1 ? '1 query' : `${active} queries`;
    return [`Science Platform: ${queries} running`, 'Show the jobs'];
  }
  return ['Science Platform: ready', 'Open the panel'];
}

class StatusItem extends ReactWidget {
  constructor(
    private readonly _platform: IPlatform,
    private readonly _open: () => void
  ) {
    super();
    this.addClass('lsp-Status');
    this.addClass('jp-mod-highlighted');
    _platform.jobs.changed.connect(() => this.update());
    _platform.channel.stateChanged.connect(() => this.update());
  }

  protected override render(): JSX.Element {
    const { jobs, channel } = this._platform;
    const lost = channel.state === 'lost';
    const [text, title] = statusText(jobs.active, lost);
    return (
      <TextItem
        source={text}
        title={title}
        role="button"
        tabIndex={0}
        data-state={lost ? 'lost' : jobs.active > 0 ? 'running' : 'idle'}
        onClick={this._open}
        onKeyDown={event => {
          if (event.key === 'Enter' || event.key === ' ') {
            event.preventDefault();
            this._open();
          }
        }}
      />
    );
  }
}

/** Adds the item. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'lsp-jupyter:status',
  description: 'The science platform in the status bar.',
  autoStart: true,
  requires: [IPlatform, IStatusBar],
  activate: (app: JupyterFrontEnd, platform: IPlatform, bar: IStatusBar): void => {
    const item = new StatusItem(platform, () => void app.commands.execute(CommandIDs.openPanel));
    bar.registerStatusItem('lsp-jupyter:status', { item, align: 'left', rank: 50 });
  }
};

export default plugin;
