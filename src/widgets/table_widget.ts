/** The table in a notebook: the same viewer as the panel's, over the kernel. */

import type { AnyModel, Render } from '@anywidget/types';
import { Widget } from '@lumino/widgets';

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
    style.textContent = css;
    document.head.appendChild(style);
  }
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
  const source = new KernelSource(model as AnyModel<WidgetState>);
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
  return () => {
    stop();
    el.removeEventListener('keydown', keep);
    model.off('change:height', resize);
    source.dispose();
    viewer.dispose();
  };
};

export default { render };
