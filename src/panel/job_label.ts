/** The form in which a job gets its name and tags. */

import { Dialog, showDialog } from '@jupyterlab/apputils';
import { Widget } from '@lumino/widgets';

import type { Job } from '../api/models';
import { jobName, tagsOf } from '../state/job_search';

/** What a person wants a job to be called. */
export interface JobLabel {
  readonly name: string;
  readonly tags: readonly string[];
}

let serial = 0;

class LabelForm extends Widget implements Dialog.IBodyWidget<JobLabel> {
  constructor(job: Job, known: readonly string[]) {
    super();
    this.addClass('lsp-JobLabel');
    this._name = this._field('Name', job.name ?? '', jobName({ ...job, name: '' }, 'query'));
    this._name.maxLength = 256;
    this._tags = this._field('Tags', (job.tags ?? []).join(', '), 'paper, figure 3');
    if (known.length > 0) {
      const row = document.createElement('div');
      row.className = 'lsp-JobLabel-known';
      for (const tag of known.slice(0, 30)) {
        const chip = document.createElement('button');
        chip.type = 'button';
        chip.className = 'lsp-Tag';
        chip.textContent = tag;
        chip.title = `Put the tag “${tag}” on, or take it off`;
        chip.addEventListener('click', () => this._toggle(tag));
        row.append(chip);
      }
      this.node.append(row);
    }
  }

  getValue(): JobLabel {
    return { name: this._name.value.trim(), tags: tagsOf(this._tags.value) };
  }

  private _toggle(tag: string): void {
    const tags = tagsOf(this._tags.value);
    const others = tags.filter(one => one !== tag);
    this._tags.value = (others.length < tags.length ? others : [...tags, tag]).join(', ');
  }

  private _field(text: string, value: string, placeholder: string): HTMLInputElement {
    const label = document.createElement('label');
    const input = document.createElement('input');
    input.id = `lsp-label-${(serial += 1)}`;
    label.htmlFor = input.id;
    label.textContent = text;
    input.className = 'jp-mod-styled';
    input.value = value;
    input.placeholder = placeholder;
    this.node.append(label, input);
    return input;
  }

  private readonly _name: HTMLInputElement;
  private readonly _tags: HTMLInputElement;
}

/** Ask for a job's name and tags; `null` if it stays as it is. */
export async function askLabel(job: Job, known: readonly string[]): Promise<JobLabel | null> {
  const answer = await showDialog<JobLabel>({
    title: 'Name and tags',
    body: new LabelForm(job, known),
    buttons: [Dialog.cancelButton(), Dialog.okButton({ label: 'Keep' })],
    focusNodeSelector: 'input'
  });
  return answer.button.accept ? answer.value : null;
}
