import { describe, expect, it, vi } from 'vitest';

import { offset, onTangentPlane, separation } from '../celestial/sphere';
import type { Place } from '../celestial/sphere';
import { around } from '../surface/symbols';
import { UPRIGHT, fitted, levelFor, moved, shown, toImage, toScreen, zoomed } from './geometry';
import type { Point, Turn, View } from './geometry';
import { SkyMesh } from './sky';
import type { TilePlace } from './source';
import { imageCode, parseSpec, specOf, titleOf } from './spec';
import { TileCache } from './tiles';

const SIZE: Point = [800, 600];
const near = (a: readonly number[], b: readonly number[], digits = 6): void =>
  a.forEach((one, i) => expect(one).toBeCloseTo(b[i], digits));

describe('the view of an image', () => {
  const turns: Turn[] = [UPRIGHT, [0.6, -0.8, -0.8, -0.6], [-1, 0, 0, -1]];

  it('leads to the screen and back', () => {
    for (const turn of turns) {
      const view: View = { centre: [120, 40], scale: 1.7, turn };
      near(toScreen(view, SIZE, [120, 40]), [400, 300]);
      near(toImage(view, SIZE, toScreen(view, SIZE, [3, -8])), [3, -8]);
    }
    // Rows count upwards.
    const [, y] = toScreen({ centre: [0, 0], scale: 2, turn: UPRIGHT }, SIZE, [0, 10]);
    expect(y).toBe(280);
  });

  it('shows all of an image', () => {
    const view = fitted(4000, 1000, SIZE, UPRIGHT);
    expect(view.scale).toBeCloseTo(0.2, 9);
    const [x0, , x1] = shown(view, SIZE);
    near([x0, x1], [-0.5, 3999.5]);
    expect(fitted(1000, 1000, SIZE, [0, 1, 1, 0]).scale).toBeCloseTo(0.6, 9);
  });

  it('keeps what is under the cursor while it zooms', () => {
    for (const turn of turns) {
      const view: View = { centre: [120, 40], scale: 1, turn };
      const at: Point = [700, 100];
      near(toImage(zoomed(view, SIZE, 3, at), SIZE, at), toImage(view, SIZE, at));
      near(toImage(moved(view, [30, -7]), SIZE, [430, 293]), view.centre);
    }
    expect(zoomed({ centre: [0, 0], scale: 1, turn: UPRIGHT }, SIZE, 1e9, [0, 0]).scale).toBe(64);
  });

  it('takes versions that are as fine as the screen', () => {
    const at = (scale: number, ratio = 1): number =>
      levelFor({ centre: [0, 0], scale, turn: UPRIGHT }, ratio, 5);
    expect([at(4), at(1), at(0.5), at(0.25), at(0.001)]).toEqual([0, 0, 1, 2, 5]);
    expect(at(0.5, 2)).toBe(0);
  });
});

describe('the sky over an image', () => {
  const [columns, rows] = [2000, 1000];
  const centre: Place = [359.99, 60];

  /** A mesh of 0.2″ pixels, turned; mirrored if `flip` is -1. */
  function mesh(turn: number, flip = 1): { sky: SkyMesh; place: (at: Point) => Place } {
    const [cosine, sine] = [Math.cos(turn), Math.sin(turn)];
    const place = ([x, y]: Point): Place => {
      const [dx, dy] = [((x - 999.5) * 0.2) / 3600, ((y - 499.5) * 0.2) / 3600];
      return onTangentPlane(centre, -flip * (cosine * dx - sine * dy), sine * dx + cosine * dy);
    };
    const places = [];
    for (let j = 0; j < 33; j += 1) {
      for (let i = 0; i < 33; i += 1) {
        places.push(...place([-0.5 + (i * columns) / 32, -0.5 + (j * rows) / 32]));
      }
    }
    return { sky: new SkyMesh({ across: 33, down: 33, places }, columns, rows), place };
  }

  it('is where it is, to a hundredth of a pixel', () => {
    const { sky, place } = mesh(0.3);
    for (const at of [
      [0, 0],
      [1999, 999],
      [333.3, 777.7],
      [1000, 500]
    ] as Point[]) {
      expect(separation(sky.place(at), place(at)) * 3600).toBeLessThan(0.002);
      near(sky.pixel(place(at))!, at, 1);
    }
    expect(sky.pixel([180, -60])).toBeNull();
  });

  it('is turned with north up and east to the left', () => {
    for (const [turn, flip] of [
      [0, 1],
      [1, 1],
      [3, 1],
      [0, -1],
      [2, -1]
    ] as const) {
      const { sky } = mesh(turn, flip);
      const view: View = { centre: [999.5, 499.5], scale: 1, turn: sky.northUp() };
      const middle = sky.place(view.centre);
      const north = toScreen(view, SIZE, sky.pixel(offset(middle, 0.001, 0))!);
      const east = toScreen(view, SIZE, sky.pixel(offset(middle, 0.001, 90))!);
      near([north[0], Math.sign(north[1] - 300)], [400, -1], 1);
      near([Math.sign(east[0] - 400), east[1]], [-1, 300], 1);
    }
  });
});

describe('tiles', () => {
  const settled = (): Promise<void> => new Promise(resolve => setTimeout(resolve));

  it('are asked for once, and ended when nobody waits for them', async () => {
    const asked: string[] = [];
    const ended: string[] = [];
    const answers = new Map<string, (value: string) => void>();
    const arrived = vi.fn();
    const cache = new TileCache<string>((place, signal) => {
      asked.push(place.join());
      return new Promise((resolve, reject) => {
        answers.set(place.join(), resolve);
        signal.addEventListener('abort', () => {
          ended.push(place.join());
          reject(new DOMException('', 'AbortError'));
        });
      });
    }, arrived);
    const first: TilePlace = [0, 0, 0];
    cache.want([first, [0, 1, 0]]);
    cache.want([first]);
    expect(asked).toEqual(['0,0,0', '0,1,0']);
    await settled();
    expect(ended).toEqual(['0,1,0']);
    answers.get('0,0,0')!('pixels');
    await settled();
    expect(cache.get(first)).toBe('pixels');
    expect(cache.busy).toBe(false);
    cache.want([first, [0, 1, 0]]);
    expect(asked).toHaveLength(3);
  });

  it('that cannot be had are told of, and not asked for again', async () => {
    const arrived = vi.fn();
    const fetch = vi.fn(() => Promise.reject(new Error('gone')));
    const cache = new TileCache<string>(fetch, arrived);
    cache.want([[0, 0, 0]]);
    await settled();
    cache.want([[0, 0, 0]]);
    expect(fetch).toHaveBeenCalledTimes(1);
    expect(arrived).toHaveBeenCalledWith(new Error('gone'));
  });

  it('are forgotten when there are too many', async () => {
    const dropped: string[] = [];
    const cache = new TileCache<string>(
      place => Promise.resolve(place.join()),
      () => undefined,
      value => dropped.push(value)
    );
    for (let x = 0; x < 200; x += 1) {
      cache.want([[0, x, 0]]);
      await settled();
    }
    expect(dropped).toHaveLength(40);
    expect(cache.get([0, 199, 0])).toBe('0,199,0');
    cache.clear();
    expect(dropped).toHaveLength(200);
  });
});

describe('a part of the sky around places', () => {
  it('holds them, and little more', () => {
    const [west, east, low, high] = around([
      [10, 20],
      [10.2, 20.1],
      [10.1, 19.9]
    ]);
    expect(west).toBeLessThan(10);
    expect(west).toBeGreaterThan(9.9);
    expect(east).toBeGreaterThan(10.2);
    expect([low, high].map(one => Math.round(one * 100))).toEqual([1985, 2015]);
  });

  it('has all longitudes over the first meridian and around a pole', () => {
    expect(
      around([
        [359.9, 1],
        [0.1, 1.1]
      ]).slice(0, 2)
    ).toEqual([0, 360]);
    expect(
      around([
        [10, 89],
        [190, 89.5]
      ]).slice(0, 2)
    ).toEqual([0, 360]);
    expect(
      around([
        [10, -89.9],
        [130, -89.8],
        [250, -89.9]
      ])[2]
    ).toBe(-90);
  });
});

describe('what an image tab shows', () => {
  it('is kept and read again', () => {
    const spec = { ...specOf({ path: 'a/b.fits', hdu: 0 }), north: true, plane: 'variance' };
    expect(parseSpec(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
    expect(parseSpec(specOf({ did: 'ivo://a/dp1?x' }))?.image).toEqual({ did: 'ivo://a/dp1?x' });
    for (const wrong of [null, {}, { version: 2 }, { version: 1, image: { path: 3 } }, 'x']) {
      expect(parseSpec(wrong)).toBeNull();
    }
    expect(titleOf({ path: 'a/b.fits', hdu: 2 })).toBe('b.fits[2]');
    expect(titleOf({ did: 'ivo://a/dp1?0123-456' })).toBe('0123-456');
  });

  it('is drawn by Python', () => {
    const code = imageCode(specOf({ path: 'a.fits', hdu: 1, layer: 3 }), -1, 20);
    expect(code).toContain('fits.getdata("a.fits", ext=1)');
    expect(code).toContain('[3]');
    expect(code).toContain('vmin=-1, vmax=20, stretch=vis.AsinhStretch(0.25)');
    expect(imageCode(specOf({ did: 'ivo://a/dp1?x' }), 0, 1)).toContain('lsp.butler().get(ref)');
  });
});
