/** Grids of numbers as pictures. */

import { mapColours, parseColour } from './colours';
import type { Box, Density } from './source';
import type { MapName, Statistic } from './spec';

/** How a grid becomes colours. */
export interface Paint {
  readonly map: MapName;
  /** One colour whose opacity tells the number, instead of a map. */
  readonly colour?: string;
  /** What the grid is of: empty cells of counts stay clear. */
  readonly statistic: Statistic;
  readonly log: boolean;
  readonly reverseX: boolean;
  readonly reverseY: boolean;
}

/** The ends of the colours of a grid. */
export function colourRange(
  grid: Density,
  paint: Pick<Paint, 'statistic' | 'log'>
): [number, number] {
  const most = grid.most ?? 1;
  if (paint.statistic === 'count') {
    return [paint.log ? 1 : 0, Math.max(most, 2)];
  }
  let least = grid.least ?? 0;
  if (paint.log && least <= 0) {
    least = most > 0 ? most / 1e3 : 0;
  }
  return least < most ? [least, most] : [least - 0.5, most + 0.5];
}

/** The pixels of a grid, as the screen has them: the first is at the top left. */
export function pixels(grid: Density, paint: Paint): Uint8ClampedArray {
  const { width, height, cells } = grid;
  const out = new Uint8ClampedArray(width * height * 4);
  const colours = mapColours(paint.map);
  const single = paint.colour === undefined ? null : parseColour(paint.colour);
  const [low, high] = colourRange(grid, paint);
  const usesLog = paint.log && low > 0;
  const place = usesLog ? Math.log : (value: number): number => value;
  const start = place(low);
  const scale = 1 / (place(high) - start);
  for (let y = 0; y < height; y += 1) {
    const line = paint.reverseY ? y : height - 1 - y;
    for (let x = 0; x < width; x += 1) {
      const value = cells[line * width + (paint.reverseX ? width - 1 - x : x)];
      const clear = paint.statistic === 'count' ? value === 0 : Number.isNaN(value);
      if (clear || (usesLog && value <= 0)) {
        continue;
      }
      const share = Math.max(0, Math.min(1, (place(value) - start) * scale));
      const at = (y * width + x) * 4;
      if (single) {
        out.set(single, at);
        out[at + 3] = 70 + 185 * share;
      } else {
        const step = 3 * Math.round(255 * share);
        out[at] = colours[step];
        out[at + 1] = colours[step + 1];
        out[at + 2] = colours[step + 2];
        out[at + 3] = 255;
      }
    }
  }
  return out;
}

const pictures = new WeakMap<Density, { readonly paint: string; readonly address: string }>();

/** A grid as the address of a picture; painted once, whatever is drawn over it. */
export function picture(grid: Density, paint: Paint): string {
  const key = JSON.stringify(paint);
  const known = pictures.get(grid);
  if (known?.paint === key) {
    return known.address;
  }
  const address = painted(grid, paint);
  pictures.set(grid, { paint: key, address });
  return address;
}

function painted(grid: Density, paint: Paint): string {
  const canvas = document.createElement('canvas');
  canvas.width = grid.width;
  canvas.height = grid.height;
  const context = canvas.getContext('2d');
  if (!context) {
    return '';
  }
  const image = context.createImageData(grid.width, grid.height);
  image.data.set(pixels(grid, paint));
  context.putImageData(image, 0, 0);
  return canvas.toDataURL('image/png');
}

/** What the cell at a place of a chart holds; `null` outside the grid. */
export function cellAt(
  grid: Density,
  x: number,
  y: number,
  logx: boolean,
  logy: boolean
): number | null {
  const [x0, x1, y0, y1] = grid.box;
  const share = (value: number, low: number, high: number, log: boolean): number =>
    log ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  const column = Math.floor(share(x, x0, x1, logx) * grid.width);
  const line = Math.floor(share(y, y0, y1, logy) * grid.height);
  if (!(column >= 0 && column < grid.width && line >= 0 && line < grid.height)) {
    return null;
  }
  return grid.cells[line * grid.width + column];
}

/** Whether one box is inside another. */
export function inside(inner: Box, outer: Box): boolean {
  return (
    inner[0] >= outer[0] && inner[1] <= outer[1] && inner[2] >= outer[2] && inner[3] <= outer[3]
  );
}
