/** The sky in the main area. */

import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { ICommandPalette, WidgetTracker } from '@jupyterlab/apputils';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import { ILauncher } from '@jupyterlab/launcher';

import { skyIcon } from '../../icons';
import { SkyPanel } from '../../panel/sky';
import { CommandIDs, IPlatform } from '../../tokens';
import { BEGIN, parsePlace, parseSky } from '../../viewers/sky/spec';
import type { SkySpec } from '../../viewers/sky/spec';
import { buildSky } from './tab';
import type { SkyTab } from './tab';

/** Degrees around a place that somebody asks for, unless they say. */
const AROUND = 0.2;

/** What a command asks for. */
function asked(args: ReadonlyJSONObject): SkySpec {
  const spec = parseSky(args.spec) ?? BEGIN;
  const centre = parsePlace(args.place);
  const field = typeof args.field === 'number' && args.field > 0 ? args.field : AROUND;
  const id = typeof args.id === 'string' ? { catalogue: args.id } : {};
  return { ...spec, ...id, ...(centre ? { view: { ...spec.view, centre, field } } : {}) };
}

function activate(
  app: JupyterFrontEnd,
  platform: IPlatform,
  restorer: ILayoutRestorer | null,
  palette: ICommandPalette | null,
  launcher: ILauncher | null
): void {
  const { commands, shell } = app;
  const tracker = new WidgetTracker<SkyTab>({ namespace: 'lsp-skies' });
  let skies = 0;
  commands.addCommand(CommandIDs.openSky, {
    label: 'Sky',
    caption: 'Show the sky: pictures of surveys, and tables over them',
    icon: skyIcon,
    execute: args => {
      const content = new SkyPanel(platform, asked(args as ReadonlyJSONObject));
      const tab = buildSky(app, platform, content);
      skies += 1;
      tab.id =
        typeof args.name === 'string' && args.name
          ? args.name
          : `lsp-sky-${Date.now().toString(36)}${skies}`;
      let saving: ReturnType<typeof setTimeout> | undefined;
      content.changed.connect(() => {
        clearTimeout(saving);
        saving = setTimeout(() => !tab.isDisposed && void tracker.save(tab), 500);
      });
      shell.add(tab, 'main', { type: 'Science Platform Sky' });
      void tracker.add(tab);
      shell.activateById(tab.id);
      return tab;
    }
  });
  if (restorer) {
    void restorer.restore(tracker, {
      command: CommandIDs.openSky,
      args: ({ id, content }) =>
        ({ name: id, spec: content.spec }) as unknown as ReadonlyJSONObject,
      name: ({ id }) => id
    });
  }
  palette?.addItem({ command: CommandIDs.openSky, category: 'Science Platform' });
  launcher?.add({ command: CommandIDs.openSky, category: 'Science Platform', rank: 2 });
}

/** Adds the sky. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'lsp-jupyter:sky',
  description: 'The sky of the science platform.',
  autoStart: true,
  requires: [IPlatform],
  optional: [ILayoutRestorer, ICommandPalette, ILauncher],
  activate
};

export default plugin;
