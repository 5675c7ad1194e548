/** The distribution of a column, drawn small; a drag over it chooses a range. */

import type { ColumnStatistics } from './analysis';
import { element } from './dom';

/** Height of the drawing, pixels. */
export const DISTRIBUTION_HEIGHT = 28;
/** Pixels a pointer must move before it is a drag. */
const DRAG = 3;
const SVG = 'http://www.w3.org/2000/svg';

/** What a drag chose, as a filter expression. */
export type Brushed = (expression: string) => void;

/** A place on the axis as a number; times are milliseconds. */
function place(edge: number | string, kind: ColumnStatistics['kind']): number {
  if (typeof edge === 'number') {
    return edge;
  }
  return kind === 'time' ? Date.parse(/[zZ]$/.test(edge) ? edge : `${edge}Z`) : Number(edge);
}

/** A number with as many digits as a step of that size needs. */
export function stepText(value: number, step: number): string {
  if (!(step > 0) || !Number.isFinite(value)) {
    return String(value);
  }
  const decimals = Math.max(0, Math.min(20, 1 - Math.floor(Math.log10(step))));
  const text = value.toFixed(Math.min(decimals, 15));
  const short = decimals > 0 ? text.replace(/\.?0+$/, '') : text;
  return Number(short) === 0 && value !== 0 && decimals > 15 ? value.toPrecision(4) : short || '0';
}

/** The filter expression of a range of a column. */
export function rangeText(
  statistics: ColumnStatistics,
  low: number,
  high: number,
  step: number
): string {
  if (statistics.kind === 'time') {
    const text = (value: number): string => new Date(value).toISOString().slice(0, 19);
    return `${text(low)}..${text(high)}`;
  }
  if (statistics.kind === 'integer') {
    return `${Math.ceil(low)}..${Math.floor(high)}`;
  }
  return `${stepText(low, step)}..${stepText(high, step)}`;
}

/** A value as a filter of text or of truth values. */
export function valueText(value: string | number | boolean): string {
  return typeof value === 'string' ? `= "${value}"` : String(value);
}

function bars(counts: readonly number[], node: SVGElement): void {
  const most = Math.max(1, ...counts);
  let path = '';
  counts.forEach((count, i) => {
    if (count > 0) {
      // A bar that would be lower than a pixel is drawn as one.
      const height = Math.max(0.05, count / most);
      path += `M${i},1V${1 - height}H${i + 1}V1Z`;
    }
  });
  const shape = document.createElementNS(SVG, 'path');
  shape.setAttribute('d', path);
  node.appendChild(shape);
}

/** Draw the histogram of a column into an element. */
export function drawHistogram(parent: HTMLElement, statistics: ColumnStatistics): boolean {
  const counts = statistics.histogram?.counts ?? [];
  if (counts.length === 0) {
    return false;
  }
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', `0 0 ${counts.length} 1`);
  svg.setAttribute('preserveAspectRatio', 'none');
  svg.setAttribute('aria-hidden', 'true');
  bars(counts, svg);
  parent.appendChild(svg);
  return true;
}

/** Draws a column's distribution above its filter, and lets a drag choose a range of it. */
export class Distribution {
  constructor(
    parent: HTMLElement,
    private readonly _brushed: Brushed
  ) {
    this.node = element('div', 'lsp-Dist', parent);
    this.node.setAttribute('role', 'img');
    this._range = element('div', 'lsp-Dist-range', this.node);
    this._range.hidden = true;
    this.node.addEventListener('pointerdown', event => this._down(event));
    this.node.addEventListener('dblclick', () => this._brushed(''));
    this.wait();
  }

  readonly node: HTMLElement;

  /** The distribution is on its way. */
  wait(): void {
    this._statistics = null;
    this._clear();
    this.node.classList.add('lsp-mod-waiting');
    this.node.setAttribute('aria-label', 'The distribution is being computed');
    this.node.title = '';
  }

  /** There is none to show. */
  none(why: string): void {
    this._statistics = null;
    this._clear();
    this.node.classList.remove('lsp-mod-waiting');
    this.node.setAttribute('aria-label', why);
    this.node.title = why;
  }

  /** Show it. */
  show(statistics: ColumnStatistics): void {
    this._clear();
    this.node.classList.remove('lsp-mod-waiting');
    const { histogram, top = [], name, nulls } = statistics;
    const missing = nulls > 0 ? `, ${nulls.toLocaleString('en')} missing` : '';
    if (histogram && drawHistogram(this.node, statistics)) {
      this._statistics = statistics;
      const ends = [histogram.edges[0], histogram.edges[histogram.edges.length - 1]].map(edge =>
        typeof edge === 'number' ? Number(edge.toPrecision(6)) : edge
      );
      const out = histogram.below + histogram.above;
      const label = `Distribution of ${name} from ${ends[0]} to ${ends[1]}${missing}`;
      this.node.setAttribute('aria-label', label);
      this.node.title = [
        label,
        out > 0 ? `${out.toLocaleString('en')} values lie outside` : '',
        'Drag to filter by a range; double-click to clear'
      ]
        .filter(line => line !== '')
        .join('\n');
      return;
    }
    const shown = top.slice(0, 5);
    if (shown.length === 0) {
      this.none(statistics.count === 0 ? 'No values' : 'No distribution of such values');
      return;
    }
    this.node.setAttribute('aria-label', `Common values of ${name}${missing}`);
    this.node.title = '';
    const rest = statistics.count - shown.reduce((sum, one) => sum + one.count, 0);
    const strip = element('div', 'lsp-Dist-values', this.node);
    for (const { value, count } of shown) {
      const part = element('button', 'lsp-Dist-value', strip, String(value));
      part.type = 'button';
      part.tabIndex = -1;
      part.style.flexGrow = String(Math.max(1, count));
      part.title = `${value}: ${count.toLocaleString('en')}. Click to keep these rows`;
      part.addEventListener('click', () => this._brushed(valueText(value)));
    }
    if (rest > 0) {
      const part = element('span', 'lsp-Dist-rest', strip);
      part.style.flexGrow = String(rest);
      part.title = `Other values: ${rest.toLocaleString('en')}`;
    }
  }

  private _clear(): void {
    this.node.replaceChildren(this._range);
    this._range.hidden = true;
  }

  private _down(event: PointerEvent): void {
    const statistics = this._statistics;
    const edges = statistics?.histogram?.edges;
    if (!statistics || !edges || event.button !== 0 || this.node.ariaDisabled === 'true') {
      return;
    }
    event.preventDefault();
    const box = this.node.getBoundingClientRect();
    const at = (one: PointerEvent): number =>
      Math.max(0, Math.min(box.width, one.clientX - box.left));
    const start = at(event);
    let end = start;
    this.node.setPointerCapture(event.pointerId);
    const move = (one: PointerEvent): void => {
      end = at(one);
      this._range.hidden = Math.abs(end - start) < DRAG;
      this._range.style.left = `${Math.min(start, end)}px`;
      this._range.style.width = `${Math.abs(end - start)}px`;
    };
    const stop = (done: boolean): void => {
      this.node.removeEventListener('pointermove', move);
      this.node.removeEventListener('pointerup', up);
      this.node.removeEventListener('pointercancel', cancel);
      window.removeEventListener('keydown', escape, true);
      this._range.hidden = true;
      if (done && Math.abs(end - start) >= DRAG) {
        const low = place(edges[0], statistics.kind);
        const high = place(edges[edges.length - 1], statistics.kind);
        const value = (x: number): number => low + (x / box.width) * (high - low);
        const step = (high - low) / Math.max(1, box.width);
        this._brushed(
          rangeText(statistics, value(Math.min(start, end)), value(Math.max(start, end)), step)
        );
      }
    };
    const up = (): void => stop(true);
    const cancel = (): void => stop(false);
    const escape = (one: KeyboardEvent): void => {
      if (one.key === 'Escape') {
        one.stopPropagation();
        stop(false);
      }
    };
    this.node.addEventListener('pointermove', move);
    this.node.addEventListener('pointerup', up);
    this.node.addEventListener('pointercancel', cancel);
    window.addEventListener('keydown', escape, true);
  }

  private _statistics: ColumnStatistics | null = null;
  private readonly _range: HTMLElement;
}
