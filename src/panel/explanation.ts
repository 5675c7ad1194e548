/** A query in words. */

import { Dialog } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';

import type { Explanation } from '../api/models';

/** Show the steps of a query, in the order in which they happen. */
export function showExplanation({ steps }: Explanation): void {
  const body = new Widget();
  body.addClass('lsp-Explanation');
  const list = document.createElement('ol');
  for (const step of steps) {
    const item = document.createElement('li');
    const title = document.createElement('b');
    title.textContent = step.title;
    const text = document.createElement('p');
    text.textContent = step.text;
    item.append(title, text);
    list.append(item);
  }
  body.node.append(list);
  void new Dialog({
    title: 'The query in words',
    body,
    buttons: [Dialog.okButton({ label: 'Close' })]
  }).launch();
}
