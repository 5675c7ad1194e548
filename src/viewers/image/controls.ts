/** What is chosen of an image: its plane, stretch, limits, colours; and what is read of it. */

import { placeText } from '../celestial/angles';
import { inFrame } from '../celestial/frames';
import type { SkyFrame } from '../celestial/frames';
import { element } from '../dom';
import type { Look, Outline } from './source';
import type { Readout } from './viewer';

type Choices = ReadonlyArray<readonly [value: string, label: string]>;

const STRETCHES: Choices = [
  ['linear', 'Linear'],
  ['sqrt', 'Square root'],
  ['asinh', 'Asinh'],
  ['log', 'Logarithmic'],
  ['equalised', 'Equalised']
];
const LIMITS: Choices = [
  ['minmax', 'All values'],
  ['99.95', '99.95 %'],
  ['99.5', '99.5 %'],
  ['98', '98 %'],
  ['90', '90 %'],
  ['zscale', 'Zscale'],
  ['manual', 'From … to …']
];
const COLORS: Choices = [
  ['gray', 'Grey'],
  ['viridis', 'Viridis'],
  ['magma', 'Magma'],
  ['inferno', 'Inferno'],
  ['plasma', 'Plasma'],
  ['cividis', 'Cividis'],
  ['heat', 'Heat'],
  ['cool', 'Cool'],
  ['diverging', 'Diverging']
];
const PLANES: Choices = [
  ['image', 'Image'],
  ['variance', 'Variance'],
  ['mask', 'Mask']
];
const FRAMES: Choices = [
  ['icrs', 'ICRS'],
  ['icrs deg', 'ICRS, degrees'],
  ['galactic deg', 'Galactic'],
  ['ecliptic deg', 'Ecliptic']
];

/** What was chosen. */
export interface Chosen {
  readonly plane: string;
  readonly look: Look;
}

/** The line of choices above an image. */
export class ImageControls {
  constructor(
    chosen: Chosen,
    private readonly _changed: (chosen: Chosen) => void
  ) {
    this.node.className = 'lsp-Image-controls';
    this._plane = this._choice('Plane', PLANES, chosen.plane);
    this._stretch = this._choice('Stretch', STRETCHES, chosen.look.stretch);
    const manual = !LIMITS.some(([value]) => value === chosen.look.limits);
    this._limits = this._choice('Limits', LIMITS, manual ? 'manual' : chosen.look.limits);
    const [low, high] = manual ? chosen.look.limits.split(' ') : ['', ''];
    this._low = this._number('Value of the darkest', low);
    this._high = this._number('Value of the brightest', high);
    this._colors = this._choice('Colours', COLORS, chosen.look.colors);
    const label = element('label', 'lsp-Image-check', this.node);
    this._invert = element('input', '', label);
    this._invert.type = 'checkbox';
    this._invert.checked = chosen.look.invert;
    this._invert.addEventListener('change', () => this._tell());
    element('span', '', label, 'Inverted');
    this._show();
  }

  readonly node = document.createElement('div');

  /** What is known of the image, for limits to begin with. */
  set outline(outline: Outline) {
    if (this._limits.value !== 'manual' && outline.low !== undefined) {
      this._low.value = short(outline.low);
      this._high.value = short(outline.high!);
    }
  }

  private _choice(name: string, choices: Choices, value: string): HTMLSelectElement {
    const select = element('select', 'lsp-Input', this.node);
    select.title = name;
    select.setAttribute('aria-label', name);
    for (const [one, text] of choices) {
      element('option', '', select, text).value = one;
    }
    select.value = value;
    select.addEventListener('change', () => this._tell());
    return select;
  }

  private _number(name: string, value: string): HTMLInputElement {
    const input = element('input', 'lsp-Input lsp-Image-limit', this.node);
    input.type = 'text';
    input.inputMode = 'decimal';
    input.value = value;
    input.title = name;
    input.setAttribute('aria-label', name);
    input.addEventListener('change', () => this._tell());
    return input;
  }

  private _show(): void {
    const mask = this._plane.value === 'mask';
    const manual = this._limits.value === 'manual';
    for (const control of [this._stretch, this._limits, this._colors]) {
      control.disabled = mask;
    }
    this._invert.disabled = mask;
    this._low.hidden = this._high.hidden = !manual || mask;
  }

  private _tell(): void {
    this._show();
    let limits = this._limits.value;
    if (limits === 'manual') {
      const [low, high] = [this._low, this._high].map(input => Number(input.value));
      const wrong = !Number.isFinite(low) || !Number.isFinite(high) || low >= high;
      for (const input of [this._low, this._high]) {
        input.setAttribute('aria-invalid', String(wrong));
        input.title = wrong ? 'Two numbers, the first one smaller' : '';
      }
      if (wrong) {
        return;
      }
      limits = `${low} ${high}`;
    }
    this._changed({
      plane: this._plane.value,
      look: {
        stretch: this._stretch.value,
        limits,
        colors: this._colors.value,
        invert: this._invert.checked
      }
    });
  }

  private readonly _plane: HTMLSelectElement;
  private readonly _stretch: HTMLSelectElement;
  private readonly _limits: HTMLSelectElement;
  private readonly _low: HTMLInputElement;
  private readonly _high: HTMLInputElement;
  private readonly _colors: HTMLSelectElement;
  private readonly _invert: HTMLInputElement;
}

/** The line below an image: what is under the cursor. */
export class ImageFoot {
  constructor() {
    this.node.className = 'lsp-Foot lsp-Image-foot';
    this._value = element('span', 'lsp-Image-value', this.node);
    this._pixel = element('span', 'lsp-Image-pixel', this.node);
    this._sky = element('span', 'lsp-Image-sky', this.node);
    this._frame = element('select', 'lsp-Image-frame', this.node);
    this._frame.setAttribute('aria-label', 'Coordinates');
    for (const [value, label] of FRAMES) {
      element('option', '', this._frame, label).value = value;
    }
    this._frame.addEventListener('change', () => this.read(this._last, this._unit));
    this._state = element('span', 'lsp-Image-state', this.node);
    this._state.setAttribute('role', 'status');
  }

  readonly node = document.createElement('div');

  /** Whether the image has a place on the sky. */
  set placed(placed: boolean) {
    this._frame.hidden = !placed;
  }

  /** Say what goes on. */
  set state(text: string) {
    if (this._state.textContent !== text) {
      this._state.textContent = text;
    }
  }

  /** Show what is under the cursor. */
  read(readout: Readout | null, unit: string): void {
    this._last = readout;
    this._unit = unit;
    if (!readout) {
      this._value.textContent = this._pixel.textContent = this._sky.textContent = '';
      return;
    }
    const { pixel, value, sky } = readout;
    const number = value === null ? '…' : Number.isNaN(value) ? 'no value' : short(value);
    this._value.textContent = `${number}${value === null || Number.isNaN(value) ? '' : ` ${unit}`}`;
    this._pixel.textContent = `${pixel[0].toFixed(1)}, ${pixel[1].toFixed(1)}`;
    const [frame, plain] = this._frame.value.split(' ') as [SkyFrame, string?];
    this._sky.textContent = sky
      ? placeText(inFrame(sky, 'icrs', frame), frame, plain ? 'degrees' : 'sexagesimal')
      : '';
  }

  private readonly _value: HTMLElement;
  private readonly _pixel: HTMLElement;
  private readonly _sky: HTMLElement;
  private readonly _frame: HTMLSelectElement;
  private readonly _state: HTMLElement;
  private _last: Readout | null = null;
  private _unit = '';
}

/** A number with as many digits as single precision has. */
export function short(value: number): string {
  return String(Number(value.toPrecision(7)));
}
