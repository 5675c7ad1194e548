/** Results in the main area. */

import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import {
  Dialog,
  ICommandPalette,
  MainAreaWidget,
  Notification,
  ToolbarButton,
  WidgetTracker,
  showDialog
} from '@jupyterlab/apputils';
import type { JSONObject } from '@lumino/coreutils';
import { Menu, Widget } from '@lumino/widgets';

import { isActive } from '../api/models';
import type { DownloadFormat, Job } from '../api/models';
import {
  chartIcon,
  deleteIcon,
  downloadIcon,
  editIcon,
  saveIcon,
  stopIcon,
  tableIcon,
  toNotebookIcon,
  skyIcon,
  wallIcon
} from '../icons';
import { ResultView, resultName } from '../panel/result';
import { duration, oneLine } from '../state/jobs';
import { queryCode } from '../state/code';
import { copyText } from '../viewers/clipboard';
import { rowCount } from '../viewers/footer';
import type { TableState } from '../viewers/shown';
import { CommandIDs, IPlatform } from '../tokens';
import { saveUrl } from './download';

/** Formats of the download menu. */
const FORMATS: ReadonlyArray<readonly [DownloadFormat, string]> = [
  ['votable', 'VOTable'],
  ['fits', 'FITS'],
  ['parquet', 'Parquet'],
  ['csv', 'CSV'],
  ['tsv', 'TSV'],
  ['ecsv', 'ECSV'],
  ['arrow', 'Arrow'],
  ['json', 'JSON'],
  ['sqlite', 'SQLite'],
  ['html', 'HTML']
];

type Viewer = MainAreaWidget<ResultView>;

/** The viewer with its toolbar. */
function build(app: JupyterFrontEnd, platform: IPlatform, id: string, state: TableState): Viewer {
  const { commands } = app;
  const run = (command: string, args: JSONObject): void =>
    void commands.execute(command, args).catch(reason => Notification.error(String(reason)));
  const actions = {
    cancel: (job: string) => run(CommandIDs.cancelJob, { id: job }),
    edit: (job: string) => run(CommandIDs.editQuery, { id: job }),
    rerun: (job: Job) => run(CommandIDs.runQuery, { adql: job.query })
  };
  const content = new ResultView(id, platform, actions, state);
  content.requested.connect((_, request) => {
    if (request.kind === 'download') {
      saveUrl(request.url);
    } else if (request.kind === 'keep') {
      const { view, columns } = request;
      run(CommandIDs.saveTable, { id, shown: { view, columns } as unknown as JSONObject });
    } else if (request.kind === 'image') {
      run(CommandIDs.openImage, { image: { did: request.did } });
    } else if (request.kind === 'code') {
      void copyText(queryCode(request.adql)).then(() => Notification.success('Copied the code.'));
    } else {
      run(request.run ? CommandIDs.runQuery : CommandIDs.editQuery, { adql: request.adql });
    }
  });
  const viewer: Viewer = new MainAreaWidget({ content });
  viewer.id = `lsp-result-${id}`;
  viewer.addClass('lsp-Viewer');
  viewer.title.closable = true;
  viewer.title.icon = tableIcon;
  viewer.title.label = 'Result';

  const menu = new Menu({ commands });
  for (const [format] of FORMATS) {
    menu.addItem({ command: CommandIDs.download, args: { id, format } });
  }
  const notebook = new ToolbarButton({
    icon: toNotebookIcon,
    label: 'Send to notebook',
    tooltip: 'Insert a cell that fetches this very result',
    onClick: () => run(CommandIDs.sendToNotebook, { id })
  });
  const keep = new ToolbarButton({
    icon: saveIcon,
    label: 'Save as table…',
    tooltip: 'Keep this result as a table of your own, which queries read',
    onClick: () => run(CommandIDs.saveTable, { id })
  });
  const download: ToolbarButton = new ToolbarButton({
    icon: downloadIcon,
    label: 'Download',
    tooltip: 'Save the whole result as a file',
    onClick: () => {
      const box = download.node.getBoundingClientRect();
      menu.open(box.left, box.bottom);
    }
  });
  const chart = new ToolbarButton({
    icon: chartIcon,
    label: 'Chart',
    tooltip: 'Draw the rows of this table as a chart',
    onClick: () => run(CommandIDs.openChart, { id })
  });
  const wall = new ToolbarButton({
    icon: wallIcon,
    label: 'Stamps',
    tooltip: 'Show the rows of this table as stamps of the sky',
    onClick: () => run(CommandIDs.openWall, { id })
  });
  const sky = new ToolbarButton({
    icon: skyIcon,
    label: 'Sky',
    tooltip: 'Show the rows of this table on the sky',
    onClick: () => run(CommandIDs.openSky, { id })
  });
  const edit = new ToolbarButton({
    icon: editIcon,
    label: 'Edit query',
    tooltip: 'Put the query back into the editor',
    onClick: () => run(CommandIDs.editQuery, { id })
  });
  const query = new Widget();
  query.addClass('lsp-Viewer-query');
  viewer.toolbar.addItem('notebook', notebook);
  viewer.toolbar.addItem('chart', chart);
  viewer.toolbar.addItem('wall', wall);
  viewer.toolbar.addItem('sky', sky);
  viewer.toolbar.addItem('save', keep);
  viewer.toolbar.addItem('download', download);
  viewer.toolbar.addItem('edit', edit);
  viewer.toolbar.addItem('query', query);

  const update = (): void => {
    const { job } = content;
    const done = job?.phase === 'COMPLETED';
    notebook.enabled = done;
    keep.enabled = done;
    chart.enabled = done;
    wall.enabled = done;
    download.enabled = done;
    if (job) {
      query.node.textContent = oneLine(job.query);
      query.node.title = job.query;
      viewer.title.label = resultName(job);
      viewer.title.caption = content.title.caption;
    }
  };
  content.changed.connect(update);
  content.disposed.connect(() => menu.dispose());
  update();
  return viewer;
}

/** Add the commands that work on jobs and results. */
function activate(
  app: JupyterFrontEnd,
  platform: IPlatform,
  restorer: ILayoutRestorer | null,
  palette: ICommandPalette | null
): void {
  const { commands, shell } = app;
  const { jobs, results, client } = platform;
  const tracker = new WidgetTracker<Viewer>({ namespace: 'lsp-results' });

  /** The job a command is about: the one named, else the viewer's, else the newest that fits. */
  const about = (args: { id?: unknown }, fits: (job: Job) => boolean): Job | undefined => {
    if (typeof args.id === 'string') {
      return jobs.get(args.id);
    }
    const current = tracker.currentWidget?.content.job;
    return current && tracker.currentWidget?.isVisible && fits(current)
      ? current
      : jobs.list.find(fits);
  };
  const isDone = (job: Job): boolean => job.phase === 'COMPLETED';

  commands.addCommand(CommandIDs.openResult, {
    label: 'Open the Newest Result',
    caption: 'Open a result as a table',
    icon: tableIcon,
    isEnabled: args => typeof args.id === 'string' || jobs.list.some(isDone),
    execute: args => {
      const id = typeof args.id === 'string' ? args.id : jobs.list.find(isDone)?.id;
      if (!id) {
        return null;
      }
      const open = tracker.find(viewer => viewer.content.jobId === id);
      if (open) {
        shell.activateById(open.id);
        if (args.state) {
          open.content.restore(args.state as TableState);
        }
        return open;
      }
      const viewer = build(app, platform, id, (args.state ?? {}) as TableState);
      viewer.content.moved.connect(() => void tracker.save(viewer));
      viewer.disposed.connect(() => results.close(id));
      shell.add(viewer, 'main', { type: 'Science Platform Result' });
      void tracker.add(viewer);
      shell.activateById(viewer.id);
      return viewer;
    }
  });
  commands.addCommand(CommandIDs.cancelJob, {
    label: 'Cancel the Running Query',
    icon: stopIcon,
    isEnabled: args => typeof args.id === 'string' || about(args, isActive) !== undefined,
    execute: async args => {
      const job = about(args, isActive);
      if (job) {
        await jobs.abort(job.id);
      }
    }
  });
  commands.addCommand(CommandIDs.deleteJob, {
    label: 'Delete the Job and Its Result',
    icon: deleteIcon,
    isEnabled: args => typeof args.id === 'string',
    execute: async args => {
      const job = await jobs.find(args.id as string);
      if (job.phase === 'COMPLETED' && job.rows > 0) {
        const answer = await showDialog({
          title: 'Delete this result?',
          body: `${resultName(job)}, ${rowCount(job.rows)}. Notebooks that fetch it by its id will not find it any more.`,
          buttons: [Dialog.cancelButton(), Dialog.warnButton({ label: 'Delete' })]
        });
        if (!answer.button.accept) {
          return;
        }
      }
      await jobs.remove(job.id);
    }
  });
  commands.addCommand(CommandIDs.download, {
    label: args => {
      const name = FORMATS.find(([format]) => format === args.format)?.[1] ?? 'VOTable';
      return args.id ? name : `Download the Result as ${name}`;
    },
    icon: args => (args.id ? undefined : downloadIcon),
    isEnabled: args => about(args, isDone) !== undefined,
    execute: args => {
      const job = about(args, isDone);
      if (job) {
        saveUrl(
          client.downloadUrl(job.id, (args.format as DownloadFormat | undefined) ?? 'votable')
        );
      }
    }
  });

  platform.channel.message.connect((_, message) => {
    if (message.topic === 'show' && message.id) {
      void commands.execute(CommandIDs.openResult, { id: message.id });
    }
  });
  tellWhenDone(app, platform, tracker);

  if (restorer) {
    void restorer.restore(tracker, {
      command: CommandIDs.openResult,
      args: viewer => {
        const { jobId: id, state } = viewer.content;
        const plain = Object.keys(state).length === 0;
        return { id, ...(plain ? {} : { state: state as JSONObject }) };
      },
      name: viewer => viewer.content.jobId
    });
  }
  const category = 'Science Platform';
  palette?.addItem({ command: CommandIDs.openResult, category });
  palette?.addItem({ command: CommandIDs.cancelJob, category });
  for (const [format] of FORMATS) {
    palette?.addItem({ command: CommandIDs.download, category, args: { format } });
  }
}

/** A long query that ends while nobody looks at it is announced. */
function tellWhenDone(
  app: JupyterFrontEnd,
  platform: IPlatform,
  tracker: WidgetTracker<Viewer>
): void {
  const running = new Set<string>();
  platform.jobs.changed.connect((jobs, { job }) => {
    if (!job) {
      return;
    }
    if (isActive(job)) {
      running.add(job.id);
      return;
    }
    const seconds = jobs.elapsed(job) ?? 0;
    const limit = platform.settings.current.notifyAfter;
    const seen = tracker.find(viewer => viewer.content.jobId === job.id)?.isVisible ?? false;
    if (!running.delete(job.id) || job.phase === 'ABORTED' || !limit || seconds < limit || seen) {
      return;
    }
    const name = resultName(job);
    if (job.phase === 'ERROR') {
      Notification.error(`${name} failed after ${duration(seconds)}: ${job.error?.message ?? ''}`);
    } else {
      Notification.success(`${name} is done: ${rowCount(job.rows)} in ${duration(seconds)}.`, {
        actions: [
          {
            label: 'Open',
            callback: () => void app.commands.execute(CommandIDs.openResult, { id: job.id })
          }
        ]
      });
    }
  });
}

/** Adds the table viewer. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'lsp-jupyter:viewer',
  description: 'The table viewer of the science platform.',
  autoStart: true,
  requires: [IPlatform],
  optional: [ILayoutRestorer, ICommandPalette],
  activate
};

export default plugin;
