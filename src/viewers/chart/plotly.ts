/** Plotly, loaded when the first chart is drawn. */

import type { Attributes } from './drawn';

/** An axis of a drawn chart. */
export interface DrawnAxis {
  /** Pixels from the left or the top of the chart. */
  readonly _offset: number;
  readonly _length: number;
  readonly range: readonly [number, number];
  /** Pixels along the axis to a value, and back. */
  p2d(pixels: number): number;
  d2p(value: number): number;
}

/** The element that Plotly draws in. */
export interface PlotElement extends HTMLElement {
  readonly _fullLayout?: { readonly xaxis?: DrawnAxis; readonly yaxis?: DrawnAxis };
  on?(event: string, handler: (data: never) => void): void;
}

/** What a box or a lasso went around. */
export interface SelectedEvent {
  readonly range?: { readonly x: readonly number[]; readonly y: readonly number[] };
  readonly lassoPoints?: { readonly x: readonly number[]; readonly y: readonly number[] };
}

/** The parts of Plotly that are used. */
export interface PlotlyStatic {
  react(
    node: HTMLElement,
    data: readonly Attributes[],
    layout: Attributes,
    config: Attributes
  ): Promise<unknown>;
  relayout(node: HTMLElement, update: Attributes): Promise<unknown>;
  purge(node: HTMLElement): void;
  toImage(node: HTMLElement, options: Attributes): Promise<string>;
  readonly Plots: { resize(node: HTMLElement): Promise<unknown> | void };
}

/** What holds for every chart. */
export const CONFIG: Attributes = {
  displayModeBar: false,
  displaylogo: false,
  doubleClick: false,
  scrollZoom: true,
  showTips: false,
  showAxisDragHandles: true,
  showAxisRangeEntryBoxes: false,
  // Dollar signs of data are no formulas.
  typesetMath: false,
  plotlyServerURL: '',
  responsive: false
};

let loading: Promise<PlotlyStatic> | null = null;

/** Load it, once. */
export function plotly(): Promise<PlotlyStatic> {
  loading ??= import('plotly.js-dist-min').then(
    module => module.default as unknown as PlotlyStatic,
    (reason: unknown) => {
      loading = null;
      throw reason;
    }
  );
  return loading;
}

/** A drawn chart as a picture. */
export async function picture(plot: HTMLElement, format: 'png' | 'svg'): Promise<Blob> {
  const lib = await plotly();
  const { clientWidth: width, clientHeight: height } = plot;
  const address = await lib.toImage(plot, { format, width, height, scale: 2 });
  const comma = address.indexOf(',');
  const body = address.slice(comma + 1);
  const type = format === 'png' ? 'image/png' : 'image/svg+xml';
  const bytes = address.slice(0, comma).endsWith(';base64')
    ? Uint8Array.from(atob(body), one => one.charCodeAt(0))
    : decodeURIComponent(body);
  return new Blob([bytes], { type });
}
