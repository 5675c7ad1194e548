/** The platform as the page sees it: one client, one event channel, one state. */

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import { Notification } from '@jupyterlab/apputils';
import { ISettingRegistry } from '@jupyterlab/settingregistry';

import { Client } from '../api/client';
import { EventChannel } from '../api/events';
import { CatalogModel } from '../state/catalog';
import { HighlightModel } from '../state/highlight';
import { JobsModel } from '../state/jobs';
import { ResultsModel } from '../state/results';
import { SettingsModel } from '../state/settings';
import { ServicesModel } from '../state/services';
import { TablesModel } from '../state/tables';
import { IPlatform } from '../tokens';

/** The id of the plugin whose schema holds the settings. */
const SETTINGS = 'lsp-jupyter:plugin';
/** The version of the private HTTP interface this page speaks. */
const API = 1;

// The bundler puts the package's own description here.
declare const require: (path: string) => { readonly version: string };

/** Tell once that page and server do not fit together any more. */
async function checkVersion(client: Client): Promise<boolean> {
  const own = require('../../package.json').version;
  const server = await client.versions();
  const current = server.labextension === null || server.labextension === own;
  if (server.api === API && current) {
    return false;
  }
  const theirs = server.labextension ?? server.package;
  Notification.warning(
    `This page has version ${own} of the science platform, the server has ${theirs}. ` +
      'Save your work and reload the page.',
    {
      autoClose: false,
      actions: [
        { label: 'Reload', callback: () => window.location.reload(), displayType: 'accent' }
      ]
    }
  );
  return true;
}

/** Provides `IPlatform` and holds the settings. */
const plugin: JupyterFrontEndPlugin<IPlatform> = {
  id: SETTINGS,
  description: 'Catalogues, jobs and results of the science platform.',
  autoStart: true,
  provides: IPlatform,
  optional: [ISettingRegistry],
  activate: (app: JupyterFrontEnd, registry: ISettingRegistry | null): IPlatform => {
    const client = new Client(app.serviceManager.serverSettings);
    const channel = new EventChannel(client);
    const settings = new SettingsModel();
    const catalog = new CatalogModel(client);
    const jobs = new JobsModel(client, channel);
    const results = new ResultsModel(client, channel, jobs);
    const tables = new TablesModel(client, channel);
    const services = new ServicesModel(client);

    if (registry) {
      registry
        .load(SETTINGS)
        .then(loaded => {
          settings.use(loaded.composite);
          loaded.changed.connect(() => settings.use(loaded.composite));
        })
        .catch(reason => {
          console.error('lsp-jupyter: the settings could not be read', reason);
          settings.settle();
        });
    } else {
      settings.settle();
    }

    let told = false;
    const check = (): void => {
      if (told) {
        return;
      }
      // Before that, JupyterLab files notifications away without showing them.
      app.restored
        .then(() => checkVersion(client))
        .then(mismatch => (told ||= mismatch))
        .catch(() => undefined); // The panel tells when the server is away.
    };
    channel.message.connect((_, message) => {
      // A greeting comes with each connection, so after each restart of the server.
      if (message.topic === 'hello') {
        check();
        if (catalog.status === 'failed') {
          void catalog.refresh();
        }
        if (jobs.error) {
          void jobs.refresh();
        }
        if (tables.error) {
          void tables.refresh();
        }
      }
    });
    channel.missed.connect(() => void catalog.refresh());
    channel.start();
    void catalog.refresh();
    void jobs.refresh();
    void tables.refresh();
    void services.refresh();
    return {
      client,
      channel,
      catalog,
      jobs,
      results,
      tables,
      highlight: new HighlightModel(),
      services,
      settings
    };
  }
};

export default plugin;
