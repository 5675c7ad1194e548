/** Where the stamps of a wall are: lines of equal tiles, of which only those on screen exist. */

/** Pixels between tiles, and of the line below each. */
export const GAP = 8;
export const CAPTION = 20;
/** Tiles on a wall at most: what a page can be high. */
export const MOST = 100_000;

/** How tiles are laid out. */
export interface Layout {
  readonly columns: number;
  readonly width: number;
  readonly height: number;
  readonly total: number;
}

/** The layout of so many tiles in a width. */
export function layoutOf(width: number, side: number, count: number): Layout {
  const columns = Math.max(1, Math.floor((width - GAP) / (side + GAP)));
  const height = side + CAPTION + GAP;
  return {
    columns,
    width: side + GAP,
    height,
    total: Math.ceil(Math.min(count, MOST) / columns) * height + GAP
  };
}

/** The tiles on screen: the first, and the one behind the last. */
export function visibleOf(
  layout: Layout,
  top: number,
  height: number,
  count: number
): readonly [number, number] {
  const first = Math.floor(Math.max(0, top - GAP) / layout.height);
  const last = Math.ceil((top + Math.max(height, 1)) / layout.height);
  const end = Math.min(count, MOST);
  return [Math.min(end, first * layout.columns), Math.min(end, last * layout.columns)];
}

/** Where a key leads from a tile; `null` if it leads nowhere. */
export function moved(
  key: string,
  from: number,
  layout: Layout,
  page: number,
  count: number
): number | null {
  const lines = Math.max(1, Math.floor(page / layout.height));
  const steps: Readonly<Record<string, number>> = {
    ArrowLeft: -1,
    ArrowRight: 1,
    ArrowUp: -layout.columns,
    ArrowDown: layout.columns,
    PageUp: -lines * layout.columns,
    PageDown: lines * layout.columns
  };
  const end = Math.min(count, MOST);
  if (end === 0) {
    return null;
  }
  if (key === 'Home' || key === 'End') {
    return key === 'Home' ? 0 : end - 1;
  }
  const step = steps[key];
  if (step === undefined) {
    return null;
  }
  const to = Math.max(0, from) + (from < 0 ? 0 : step);
  // Up and down keep the column; they stop at the ends.
  if (Math.abs(step) > 1 && (to < 0 || to >= end)) {
    return key === 'ArrowUp' || key === 'ArrowDown' ? from : to < 0 ? 0 : end - 1;
  }
  return Math.min(end - 1, Math.max(0, to));
}
