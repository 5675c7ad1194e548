/** The table in a notebook: the same viewer as the panel's, over the kernel. */

import type { Render } from '@anywidget/types';
import { Widget } from '@lumino/widgets';

import drawerCss from '../../style/drawer.css';
import css from '../../style/table.css';
import { TableViewer } from '../viewers/table';
import { KernelSource } from './source';
import type { WidgetState } from './source';

/** Id of the style sheet, so that many widgets share one. */
const STYLE = 'lsp-table-style';

function installStyle(): void {
  if (!document.getElementById(STYLE)) {
    const style = document.createElement('style');
    style.id = STYLE;
    style.textContent = css + drawerCss;
    document.head.appendChild(style);
  }
}

/** Milliseconds between two looks at a result that grows, and between two at the selection. */
const LOOK = { growing: 1000, selection: 2000 } as const;

/**
 * Keep in step with what happens elsewhere: rows that arrive, and selections
 * made in the panel, which are looked for when the pointer comes.
 */
function follow(source: KernelSource, node: HTMLElement): () => void {
  let looked = performance.now();
  let asking = false;
  const refresh = (): void => {
    if (asking) {
      return;
    }
    asking = true;
    looked = performance.now();
    source
      .refresh()
      .catch(() => undefined) // A busy or ended kernel: the next look tells.
      .finally(() => (asking = false));
  };
  const timer = setInterval(() => {
    if (source.complete) {
      clearInterval(timer);
    } else {
      refresh();
    }
  }, LOOK.growing);
  const come = (): void => {
    if (performance.now() - looked > LOOK.selection) {
      refresh();
    }
  };
  node.addEventListener('pointerenter', come);
  return () => {
    clearInterval(timer);
    node.removeEventListener('pointerenter', come);
  };
}

/** Call back once an element is in the page; Lumino attaches nowhere else. */
function whenConnected(node: HTMLElement, callback: () => void): () => void {
  if (node.isConnected) {
    callback();
    return () => undefined;
  }
  let frame = 0;
  const look = (): void => {
    if (node.isConnected) {
      callback();
    } else {
      frame = requestAnimationFrame(look);
    }
  };
  look();
  return () => cancelAnimationFrame(frame);
}

const render: Render<WidgetState> = ({ model, el }) => {
  installStyle();
  const source = new KernelSource(model);
  const viewer = new TableViewer(source);
  viewer.addClass('lsp-mod-notebook');
  el.classList.add('lsp-TableWidget');
  const resize = (): void => {
    const rows = Math.max(3, source.rows);
    // Head, rows, line below and scroll bar; never taller than asked for.
    viewer.node.style.height = `${Math.min(model.get('height') || 360, rows * 24 + 128)}px`;
  };
  resize();
  model.on('change:height', resize);
  const stop = whenConnected(el, () => Widget.attach(viewer, el));
  // Keys pressed in the table are not the notebook's: neither JupyterLab's shortcuts nor its cells see them.
  el.dataset.lmSuppressShortcuts = 'true';
  const keep = (event: Event): void => event.stopPropagation();
  el.addEventListener('keydown', keep);
  const unfollow = follow(source, el);
  return () => {
    stop();
    unfollow();
    el.removeEventListener('keydown', keep);
    model.off('change:height', resize);
    source.dispose();
    if (viewer.isAttached && !viewer.node.isConnected) {
      // The cell went away first; Lumino only lets go of what is in the page.
      document.body.appendChild(viewer.node);
    }
    viewer.dispose();
  };
};

export default { render };
