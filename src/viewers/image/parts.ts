/** Which image of a file is shown: an extension, and a layer of a cube. */

import { element } from '../dom';
import type { Part } from './source';

/** The choices; nothing where there is nothing to choose. */
export class PartChooser {
  constructor(private readonly _changed: (hdu: number, layer: number) => void) {
    this.node.className = 'lsp-Image-parts';
    this.node.hidden = true;
    this._part = element('select', 'lsp-Input', this.node);
    this._part.setAttribute('aria-label', 'Extension');
    this._part.title = 'Extension';
    this._part.addEventListener('change', () => {
      this._layer.value = '0';
      this._tell();
    });
    this._layer = element('input', 'lsp-Image-layer', this.node);
    this._layer.type = 'range';
    this._layer.min = '0';
    this._layer.setAttribute('aria-label', 'Layer');
    this._layer.addEventListener('input', () => this._tell());
    this._number = element('span', '', this.node);
  }

  readonly node = document.createElement('div');

  /** What there is, and what is shown of it. */
  show(parts: readonly Part[], hdu: number | undefined, layer: number): void {
    this._parts = parts;
    this._part.replaceChildren();
    for (const one of parts) {
      const name = `${one.hdu} ${one.name}`.trim();
      element('option', '', this._part, `${name} · ${one.columns} × ${one.rows}`).value = String(
        one.hdu
      );
    }
    const first = parts.find(one => one.name === 'IMAGE') ?? parts[0];
    this._part.value = String(hdu ?? first?.hdu ?? 0);
    this._layer.value = String(layer);
    this._update();
    this.node.hidden = parts.length < 2 && this._layers < 2;
    this._part.hidden = parts.length < 2;
  }

  private get _layers(): number {
    return this._parts.find(one => String(one.hdu) === this._part.value)?.layers ?? 1;
  }

  private _update(): void {
    const layers = this._layers;
    const chosen = Math.min(Number(this._layer.value), layers - 1);
    this._layer.max = String(layers - 1);
    this._layer.value = String(chosen);
    this._layer.hidden = this._number.hidden = layers < 2;
    this._number.textContent = `layer ${chosen + 1} of ${layers}`;
  }

  private _tell(): void {
    this._update();
    this._changed(Number(this._part.value), Number(this._layer.value));
  }

  private readonly _part: HTMLSelectElement;
  private readonly _layer: HTMLInputElement;
  private readonly _number: HTMLElement;
  private _parts: readonly Part[] = [];
}
