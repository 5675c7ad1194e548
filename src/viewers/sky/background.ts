/** The pictures of a survey on a canvas: tiles bent onto the sky as triangles. */

import type { Point } from '../image/geometry';
import { TileCache } from '../image/tiles';
import type { Survey, Tile } from './survey';
import type { SkyCamera } from './view';

/** A tile's side on screen, at most, before finer ones are taken: pixels of the canvas. */
const SIDE = 640;
/** Pixels between places that are looked at for the tiles on screen. */
const STEP = 48;
/** Pixels of the screen by which a piece of a tile may be off. */
const OFF = 0.4;
/** Most pieces along the side of a tile. */
const PIECES = 16;

/** Fetches a tile; nothing where the survey has none. */
export type FetchTile = (
  survey: Survey,
  tile: Tile,
  signal: AbortSignal
) => Promise<ImageBitmap | null>;

/** Draws one survey. */
export class Background {
  constructor(
    readonly survey: Survey,
    fetch: FetchTile,
    arrived: (failure: unknown) => void
  ) {
    this._tiles = new TileCache<ImageBitmap | false>(
      async ([order, number], signal) => (await fetch(survey, [order, number, 0], signal)) ?? false,
      arrived,
      bitmap => bitmap && bitmap.close()
    );
  }

  get busy(): boolean {
    return this._tiles.busy;
  }

  dispose(): void {
    this._tiles.clear();
  }

  /** Draw what there is of it, and ask for the rest. */
  draw(context: CanvasRenderingContext2D, camera: SkyCamera, ratio: number): void {
    const { data } = this.survey;
    // A cell of order 0 has the area of a twelfth of the sphere.
    const whole = Math.sqrt(Math.PI / 3) * camera.scale * ratio;
    const fitting = Math.ceil(Math.log2((whole / SIDE) * (512 / data.width)));
    const order = Math.min(Math.max(fitting, data.least), data.order);
    const wanted = this._visible(camera, order);
    const wider: Tile[] = [];
    for (let up = order - 2; up >= data.least; up -= 3) {
      wider.push(...parents(wanted, order - up, up));
    }
    const first = order > data.least ? parents(wanted, order - data.least, data.least) : [];
    this._tiles.want([...first, ...wanted, ...wider]);
    const drawn = new Set<string>();
    for (const [, number] of wanted) {
      // Until a tile has come, the nearest above it that is there stands for it.
      for (let up = order, at = number; up >= data.least; up -= 1, at = Math.floor(at / 4)) {
        const bitmap = this._tiles.get([up, at, 0]);
        if (bitmap) {
          if (!drawn.has(`${up}/${at}`)) {
            drawn.add(`${up}/${at}`);
            this._pending.push([bitmap, up, at]);
          }
          break;
        }
        if (bitmap === false && up === order) {
          // It has none here, which is no gap.
          break;
        }
      }
    }
    // The coarsest first: what is finer lies over it.
    this._pending.sort((a, b) => a[1] - b[1]);
    context.save();
    // Pictures without transparency are black where there is nothing.
    context.globalCompositeOperation = data.format === 'jpg' ? 'lighten' : 'source-over';
    for (const [bitmap, up, at] of this._pending) {
      this._paint(context, camera, bitmap, up, at);
    }
    context.restore();
    this._pending.length = 0;
  }

  /** The tiles of an order that are on screen, those in the middle first. */
  private _visible(camera: SkyCamera, order: number): Tile[] {
    const [width, height] = camera.size;
    const found = new Map<number, number>();
    const [across, along] = [Math.ceil(width / STEP), Math.ceil(height / STEP)];
    for (let j = 0; j <= along; j += 1) {
      for (let i = 0; i <= across; i += 1) {
        const at: Point = [(i * width) / across, (j * height) / along];
        const place = camera.place(at);
        if (place) {
          const number = this.survey.at(place, order);
          const away = Math.hypot(at[0] - width / 2, at[1] - height / 2);
          found.set(number, Math.min(found.get(number) ?? Infinity, away));
        }
      }
    }
    return [...found]
      .filter(([number]) => this.survey.covers(order, number))
      .sort((a, b) => a[1] - b[1])
      .map(([number]) => [order, number, 0] as const);
  }

  private _paint(
    context: CanvasRenderingContext2D,
    camera: SkyCamera,
    bitmap: ImageBitmap,
    order: number,
    number: number
  ): void {
    const corner = (s: number, t: number): Point | null =>
      camera.project(this.survey.direction(order, number, s, t));
    const pieces = piecesOf(corner);
    const grid: (Point | null)[][] = Array.from({ length: pieces + 1 }, (_, i) =>
      Array.from({ length: pieces + 1 }, (_, j) => corner(i / pieces, j / pieces))
    );
    const step = bitmap.width / pieces;
    for (let i = 0; i < pieces; i += 1) {
      for (let j = 0; j < pieces; j += 1) {
        const [a, b, c, d] = [grid[i][j], grid[i + 1][j], grid[i + 1][j + 1], grid[i][j + 1]];
        if (!a || !b || !c || !d || !near([a, b, c, d], camera)) {
          continue;
        }
        const middle = this.survey.direction(order, number, (i + 0.5) / pieces, (j + 0.5) / pieces);
        if (camera.torn(middle, [a, b, c, d])) {
          continue;
        }
        // Rows of the picture go to the north-east, columns to the north-west.
        const [u, v] = [j * step, i * step];
        const source: readonly [Point, Point, Point, Point] = [
          [u, v],
          [u, v + step],
          [u + step, v + step],
          [u + step, v]
        ];
        if (straight(a, b, c, d)) {
          piece(context, bitmap, [source[0], source[1], source[3]], [a, b, d], [a, b, c, d]);
        } else {
          piece(context, bitmap, [source[0], source[1], source[2]], [a, b, c], [a, b, c]);
          piece(context, bitmap, [source[0], source[2], source[3]], [a, c, d], [a, c, d]);
        }
      }
    }
  }

  private readonly _tiles: TileCache<ImageBitmap | false>;
  private readonly _pending: [ImageBitmap, number, number][] = [];
}

/** Tiles above others, each once. */
function parents(tiles: readonly Tile[], by: number, order: number): Tile[] {
  const numbers = new Set(tiles.map(([, number]) => Math.floor(number / 4 ** by)));
  return [...numbers].map(number => [order, number, 0] as const);
}

/** How many pieces a tile needs along its side so that they look flat. */
function piecesOf(corner: (s: number, t: number) => Point | null): number {
  const [a, b, c, d, middle] = [
    corner(0, 0),
    corner(1, 0),
    corner(1, 1),
    corner(0, 1),
    corner(0.5, 0.5)
  ];
  if (!a || !b || !c || !d || !middle) {
    return PIECES;
  }
  const off = Math.max(
    Math.hypot(middle[0] - (a[0] + c[0]) / 2, middle[1] - (a[1] + c[1]) / 2),
    Math.hypot(middle[0] - (b[0] + d[0]) / 2, middle[1] - (b[1] + d[1]) / 2)
  );
  // What is off grows with the square of the side.
  const wanted = Math.sqrt(off / OFF);
  return wanted <= 1 ? 1 : Math.min(2 ** Math.ceil(Math.log2(wanted)), PIECES);
}

/** Whether a piece is a parallelogram, as far as can be seen. */
function straight(a: Point, b: Point, c: Point, d: Point): boolean {
  return Math.hypot(a[0] + c[0] - b[0] - d[0], a[1] + c[1] - b[1] - d[1]) < OFF;
}

function near(corners: readonly Point[], { size: [width, height] }: SkyCamera): boolean {
  const xs = corners.map(one => one[0]);
  const ys = corners.map(one => one[1]);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  return right >= 0 && left <= width && bottom >= 0 && top <= height;
}

/** Draw part of a picture where three places of it are to be. */
function piece(
  context: CanvasRenderingContext2D,
  bitmap: ImageBitmap,
  [p, q, r]: readonly Point[],
  [a, b, c]: readonly Point[],
  outline: readonly Point[]
): void {
  const [u1, v1, u2, v2] = [q[0] - p[0], q[1] - p[1], r[0] - p[0], r[1] - p[1]];
  const area = u1 * v2 - u2 * v1;
  const [x1, y1, x2, y2] = [b[0] - a[0], b[1] - a[1], c[0] - a[0], c[1] - a[1]];
  const [xu, xv] = [(x1 * v2 - x2 * v1) / area, (x2 * u1 - x1 * u2) / area];
  const [yu, yv] = [(y1 * v2 - y2 * v1) / area, (y2 * u1 - y1 * u2) / area];
  context.save();
  context.beginPath();
  // A hair wider than it is, so that no seams show.
  const [mx, my] = [0, 1].map(k => outline.reduce((sum, one) => sum + one[k], 0) / outline.length);
  outline.forEach(([x, y], i) => {
    const away = Math.hypot(x - mx, y - my) || 1;
    const by = 1 + 0.7 / away;
    const at = [mx + (x - mx) * by, my + (y - my) * by] as const;
    if (i === 0) {
      context.moveTo(...at);
    } else {
      context.lineTo(...at);
    }
  });
  context.clip();
  context.transform(xu, yu, xv, yv, a[0] - xu * p[0] - xv * p[1], a[1] - yu * p[0] - yv * p[1]);
  context.drawImage(bitmap, 0, 0);
  context.restore();
}
