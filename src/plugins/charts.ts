/** Charts in the main area. */

import { ILayoutRestorer } from '@jupyterlab/application';
import type { JupyterFrontEnd, JupyterFrontEndPlugin } from '@jupyterlab/application';
import {
  Clipboard,
  ICommandPalette,
  MainAreaWidget,
  Notification,
  ToolbarButton,
  WidgetTracker
} from '@jupyterlab/apputils';
import type { ReadonlyJSONObject } from '@lumino/coreutils';
import { Menu } from '@lumino/widgets';

import {
  boxSelectIcon,
  chartIcon,
  copyIcon,
  downloadIcon,
  editIcon,
  lassoIcon,
  linkIcon,
  panIcon,
  resetIcon,
  zoomIcon
} from '../icons';
import { ChartView } from '../panel/chart';
import { resultName } from '../panel/result';
import { CommandIDs, IPlatform } from '../tokens';
import { parseChart } from '../viewers/chart/spec';
import type { ChartSpec } from '../viewers/chart/spec';
import type { DragMode } from '../viewers/chart/viewer';
import type { TableView } from '../viewers/source';
import type { TableViewer } from '../viewers/table';
import { saveBlob } from './download';
import { tableOf } from './open_table';

type Chart = MainAreaWidget<ChartView>;

const MODES: ReadonlyArray<readonly [DragMode, string, string, typeof panIcon]> = [
  ['pan', 'Move', 'Drag to move; the wheel zooms', panIcon],
  ['zoom', 'Zoom', 'Drag a box to zoom into', zoomIcon],
  [
    'select',
    'Select a box',
    'Drag a box to select its rows. Shift adds, Alt takes away, Control and Shift keep what is in both',
    boxSelectIcon
  ],
  [
    'lasso',
    'Select by lasso',
    'Draw around rows to select them. Shift adds, Alt takes away, Control and Shift keep what is in both',
    lassoIcon
  ]
];

/** A chart with its toolbar. */
function build(app: JupyterFrontEnd, platform: IPlatform, content: ChartView): Chart {
  const chart: Chart = new MainAreaWidget({ content });
  chart.addClass('lsp-Viewer');
  chart.addClass('lsp-ChartTab');
  chart.title.closable = true;
  chart.title.icon = chartIcon;
  const { toolbar } = chart;
  const modes = MODES.map(([mode, label, tooltip, icon]) => {
    const button = new ToolbarButton({
      icon,
      tooltip,
      pressedTooltip: tooltip,
      onClick: () => {
        if (content.viewer) {
          content.viewer.mode = mode;
        }
      }
    });
    button.node.dataset.mode = mode;
    toolbar.addItem(mode, button);
    return { mode, label, button };
  });
  const reset = new ToolbarButton({
    icon: resetIcon,
    tooltip: 'Show everything (0, or a double click)',
    onClick: () => content.viewer?.reset()
  });
  const edit = new ToolbarButton({
    icon: editIcon,
    label: 'Edit',
    tooltip: 'Choose axes, colours, errors, kinds and traces',
    onClick: () => {
      content.editing = !content.editing;
    }
  });
  const picture = async (format: 'png' | 'svg'): Promise<void> => {
    const { viewer } = content;
    if (viewer) {
      saveBlob(await viewer.picture(format), `${chart.title.label}.${format}`);
    }
  };
  const { commands } = app;
  const menu = new Menu({ commands });
  menu.addItem({ command: CommandIDs.saveChart, args: { format: 'png', chart: content.id } });
  menu.addItem({ command: CommandIDs.saveChart, args: { format: 'svg', chart: content.id } });
  const download: ToolbarButton = new ToolbarButton({
    icon: downloadIcon,
    label: 'Picture',
    tooltip: 'Save the chart as a picture',
    onClick: () => {
      const box = download.node.getBoundingClientRect();
      menu.open(box.left, box.bottom);
    }
  });
  pictures.set(content, picture);
  const code = new ToolbarButton({
    icon: copyIcon,
    label: 'Copy as code',
    tooltip: 'Copy the Python that draws this chart',
    onClick: () => {
      if (content.viewer) {
        Clipboard.copyToSystem(content.viewer.code());
        Notification.info('Copied.', { autoClose: 2000 });
      }
    }
  });
  const share = new ToolbarButton({
    icon: linkIcon,
    label: 'Copy link',
    tooltip: 'Copy a link that opens this very chart',
    onClick: () => void commands.execute(CommandIDs.shareLink, { view: chart.id })
  });
  toolbar.addItem('reset', reset);
  toolbar.addItem('edit', edit);
  toolbar.addItem('picture', download);
  toolbar.addItem('code', code);
  toolbar.addItem('link', share);
  const update = (): void => {
    const { viewer } = content;
    for (const { mode, button } of modes) {
      button.enabled = viewer !== null;
      button.pressed = viewer?.mode === mode;
    }
    for (const button of [reset, edit, download, code, share]) {
      button.enabled = viewer !== null;
    }
    edit.pressed = content.editing;
    const job = platform.jobs.get(content.resultId);
    const name = job ? resultName(job) : 'Chart';
    const trace = content.spec?.traces[0];
    chart.title.label = content.spec?.title ?? name;
    chart.title.caption = trace ? `${name}: ${trace.y ?? 'rows'} against ${trace.x}` : name;
  };
  content.changed.connect(update);
  content.disposed.connect(() => menu.dispose());
  update();
  return chart;
}

const pictures = new WeakMap<ChartView, (format: 'png' | 'svg') => Promise<void>>();

let charts = 0;

/** Where a chart goes: beside its table if that is on screen. */
function placeOf(app: JupyterFrontEnd, id: string): { mode?: 'split-right'; ref?: string } {
  const ref = `lsp-result-${id}`;
  for (const widget of app.shell.widgets('main')) {
    if (widget.id === ref) {
      return widget.isVisible ? { mode: 'split-right', ref } : {};
    }
  }
  return {};
}

function activate(
  app: JupyterFrontEnd,
  platform: IPlatform,
  restorer: ILayoutRestorer | null,
  palette: ICommandPalette | null
): void {
  const { commands, shell } = app;
  const { jobs } = platform;
  const tracker = new WidgetTracker<Chart>({ namespace: 'lsp-charts' });

  /** Charts show the rows of their table, once it has other ones. */
  const followed = new WeakSet<TableViewer>();
  const follow = (view: ChartView): void => {
    const table = tableOf(app, view.resultId);
    if (!table || followed.has(table)) {
      return;
    }
    followed.add(table);
    table.model.happened.connect((model, change) => {
      if (change === 'view') {
        tracker.forEach(({ content }) => {
          if (content.resultId === view.resultId) {
            content.follow(model.view);
          }
        });
      }
    });
  };

  commands.addCommand(CommandIDs.openChart, {
    label: args => (args.id ? 'Chart' : 'Chart of the Newest Result'),
    caption: 'Draw the rows of a result as a chart',
    icon: chartIcon,
    isEnabled: args =>
      typeof args.id === 'string' || jobs.list.some(job => job.phase === 'COMPLETED'),
    execute: args => {
      const done = jobs.list.find(job => job.phase === 'COMPLETED');
      const id = typeof args.id === 'string' ? args.id : done?.id;
      if (!id) {
        return null;
      }
      let spec: ChartSpec | undefined;
      if (args.spec !== undefined && args.spec !== null) {
        try {
          spec = parseChart(args.spec);
        } catch (reason) {
          Notification.warning(String(reason instanceof Error ? reason.message : reason));
        }
      }
      const table = tableOf(app, id);
      const view: TableView | undefined = spec ? undefined : table?.model.view;
      const content = new ChartView(id, platform, { spec, view });
      const name = typeof args.name === 'string' ? args.name : '';
      charts += 1;
      content.id = `lsp-chart-view-${charts}`;
      const chart = build(app, platform, content);
      chart.id = name || `lsp-chart-${id}-${Date.now().toString(36)}${charts}`;
      content.changed.connect(() => {
        follow(content);
        save();
      });
      const save = (): void => {
        clearTimeout(saving);
        saving = setTimeout(() => {
          if (!chart.isDisposed) {
            void tracker.save(chart);
          }
        }, 500);
      };
      let saving: ReturnType<typeof setTimeout> | undefined;
      shell.add(chart, 'main', { ...placeOf(app, id), type: 'Science Platform Chart' });
      void tracker.add(chart);
      shell.activateById(chart.id);
      return chart;
    }
  });
  // A table that is opened after its chart is linked too.
  shell.currentChanged?.connect(() => tracker.forEach(({ content }) => follow(content)));

  commands.addCommand(CommandIDs.saveChart, {
    label: args => (args.format === 'svg' ? 'Save the Chart as SVG' : 'Save the Chart as PNG'),
    icon: args => (args.chart ? undefined : downloadIcon),
    isEnabled: args => typeof args.chart === 'string' || tracker.currentWidget !== null,
    execute: async args => {
      const chart = tracker.find(one => one.content.id === args.chart) ?? tracker.currentWidget;
      await (chart && pictures.get(chart.content)?.(args.format === 'svg' ? 'svg' : 'png'));
    }
  });

  if (restorer) {
    void restorer.restore(tracker, {
      command: CommandIDs.openChart,
      args: ({ id, content }) =>
        ({
          id: content.resultId,
          name: id,
          spec: content.spec ?? null
        }) as unknown as ReadonlyJSONObject,
      name: ({ id }) => id
    });
  }
  const category = 'Science Platform';
  palette?.addItem({ command: CommandIDs.openChart, category });
  for (const format of ['png', 'svg']) {
    palette?.addItem({ command: CommandIDs.saveChart, category, args: { format } });
  }
}

/** Adds charts. */
const plugin: JupyterFrontEndPlugin<void> = {
  id: 'lsp-jupyter:charts',
  description: 'Charts of the science platform.',
  autoStart: true,
  requires: [IPlatform],
  optional: [ILayoutRestorer, ICommandPalette],
  activate
};

export default plugin;
