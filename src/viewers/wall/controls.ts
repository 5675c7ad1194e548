/** The line above a wall: which images, which field, how they look, and the labels. */

import { button, element } from '../dom';
import type { Labels } from './labels';
import { COLOURS, FIELDS, SIDES, STRETCHES, colourBands } from './spec';
import type { StampImages, WallSpec } from './spec';

/** Limits by name. */
const LIMITS: ReadonlyArray<readonly [string, string]> = [
  ['99.5', '99.5 %'],
  ['99.95', '99.95 %'],
  ['95', '95 %'],
  ['zscale', 'zscale'],
  ['minmax', 'All values']
];

/** What the line works on. */
export interface WallSubject {
  readonly images: readonly StampImages[];
  readonly labels: Labels;
  spec(): WallSpec;
  change(part: Partial<WallSpec>): void;
  label(name: string): void;
}

/** The line; it shows what the wall has. */
export class WallControls {
  constructor(private readonly _subject: WallSubject) {
    this.node.className = 'lsp-Wall-controls';
    const form = element('div', 'lsp-Wall-fields', this.node);
    this._images = this._select(form, 'Images', value => {
      const images = _subject.images[Number(value)];
      const { bands } = _subject.spec();
      const kept = bands.every(band => images.bands.includes(band));
      const { release, dataset } = images;
      _subject.change({ release, dataset, bands: kept ? bands : [images.bands[0]] });
    });
    _subject.images.forEach(({ release, dataset }, at) => {
      element('option', '', this._images, `${release} · ${dataset}`).value = String(at);
    });
    this._band = this._select(form, 'Band', value => _subject.change({ bands: value.split(' ') }));
    this._field = this._number(form, 'Field (arcsec)', FIELDS.least, FIELDS.most, field =>
      _subject.change({ field })
    );
    this._stretch = this._select(form, 'Stretch', stretch => _subject.change({ stretch }));
    STRETCHES.forEach(one => (element('option', '', this._stretch, one).value = one));
    this._limits = this._select(form, 'Limits', limits => _subject.change({ limits }));
    this._colours = this._select(form, 'Colours', colours => _subject.change({ colours }));
    COLOURS.forEach(one => (element('option', '', this._colours, one).value = one));
    const field = element('label', 'lsp-Wall-field', form);
    element('span', '', field, 'Size');
    this._side = element('input', '', field);
    this._side.type = 'range';
    this._side.min = String(SIDES.least);
    this._side.max = String(SIDES.most);
    this._side.step = String(SIDES.step);
    this._side.addEventListener('input', () => _subject.change({ side: Number(this._side.value) }));
    this._labels = element('div', 'lsp-Wall-labels', this.node);
    this._labels.setAttribute('role', 'toolbar');
    this._labels.setAttribute('aria-label', 'Labels');
    this.update();
  }

  readonly node = document.createElement('div');

  /** Show it as it is. */
  update(): void {
    const spec = this._subject.spec();
    const { images } = this._subject;
    const at = images.findIndex(
      one => one.release === spec.release && one.dataset === spec.dataset
    );
    this._images.value = String(at);
    const bands = images[at]?.bands ?? spec.bands;
    const colour = colourBands(bands);
    const wanted = spec.bands.join(' ');
    const choices: [string, string][] = bands.map(band => [band, band]);
    if (colour) {
      choices.push([colour.join(' '), `colour (${colour.join(', ')})`]);
    }
    if (!choices.some(([value]) => value === wanted)) {
      choices.push([wanted, spec.bands.length > 1 ? `colour (${spec.bands.join(', ')})` : wanted]);
    }
    this._fill(this._band, choices, wanted);
    const limits = [...LIMITS];
    if (!limits.some(([value]) => value === spec.limits)) {
      limits.push([spec.limits, spec.limits]);
    }
    this._fill(this._limits, limits, spec.limits);
    this._field.value = String(spec.field);
    this._stretch.value = spec.stretch;
    this._colours.value = spec.colours;
    this._side.value = String(spec.side);
    // The colours of three bands are those of the sky.
    const coloured = spec.bands.length > 1;
    this._stretch.disabled = coloured;
    this._limits.disabled = coloured;
    this._colours.disabled = coloured;
    this._updateLabels();
  }

  private _updateLabels(): void {
    const { labels } = this._subject;
    const key = JSON.stringify(labels.names.map(name => [name, labels.count(name)]));
    if (key === this._shown) {
      return;
    }
    this._shown = key;
    const typing = this._labels.contains(document.activeElement);
    this._labels.replaceChildren();
    labels.names.forEach((name, at) => {
      const chip = button('lsp-Wall-label', this._labels, '', () => this._subject.label(name));
      chip.dataset.label = String(at);
      chip.title = `Give the stamp at the cursor the label “${name}” (key ${at + 1})`;
      element('kbd', '', chip, String(at + 1));
      element('span', '', chip, name);
      element('span', 'lsp-Wall-count', chip, labels.count(name).toLocaleString('en'));
    });
    const add = element('input', 'lsp-Input lsp-Wall-add', this._labels);
    add.placeholder = 'Add a label';
    add.setAttribute('aria-label', 'Add a label');
    add.maxLength = 40;
    add.addEventListener('keydown', event => {
      event.stopPropagation();
      if (event.key === 'Enter' && labels.add(add.value)) {
        event.preventDefault();
      }
    });
    if (typing) {
      add.focus();
    }
  }

  private _labelled(parent: Node, label: string): HTMLElement {
    const field = element('label', 'lsp-Wall-field', parent);
    element('span', '', field, label);
    return field;
  }

  private _select(
    parent: Node,
    label: string,
    changed: (value: string) => void
  ): HTMLSelectElement {
    const select = element('select', 'lsp-Input', this._labelled(parent, label));
    select.addEventListener('change', () => changed(select.value));
    return select;
  }

  private _number(
    parent: Node,
    label: string,
    least: number,
    most: number,
    changed: (value: number) => void
  ): HTMLInputElement {
    const input = element('input', 'lsp-Input', this._labelled(parent, label));
    input.type = 'number';
    input.min = String(least);
    input.max = String(most);
    input.step = 'any';
    input.addEventListener('change', () => {
      const value = input.valueAsNumber;
      if (value >= least && value <= most) {
        changed(value);
      } else {
        this.update();
      }
    });
    return input;
  }

  private _fill(
    select: HTMLSelectElement,
    choices: ReadonlyArray<readonly [string, string]>,
    value: string
  ): void {
    const key = JSON.stringify(choices);
    if (select.dataset.choices !== key) {
      select.dataset.choices = key;
      select.replaceChildren();
      for (const [one, label] of choices) {
        element('option', '', select, label).value = one;
      }
    }
    select.value = value;
  }

  private readonly _images: HTMLSelectElement;
  private readonly _band: HTMLSelectElement;
  private readonly _field: HTMLInputElement;
  private readonly _stretch: HTMLSelectElement;
  private readonly _limits: HTMLSelectElement;
  private readonly _colours: HTMLSelectElement;
  private readonly _side: HTMLInputElement;
  private readonly _labels: HTMLElement;
  private _shown = '';
}
