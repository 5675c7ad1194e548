/** Figures of the sky as tables have them: `s_region` (ObsCore 1.1 section 3.3, DALI 1.1 section 3.3). */

import { region } from './region';
import type { Region } from './region';

const FRAMES = new Set(['ICRS', 'FK5', 'J2000', 'UNKNOWNFRAME']);

/**
 * Read a polygon or a circle, `POLYGON ICRS 10 20 11 20 11 21`.
 *
 * The shape may be left out, as in columns of DALI polygons and circles. Several polygons make
 * several figures; what is none of these makes none.
 */
export function readStcs(text: string): readonly Region[] {
  const words = text.replace(/[(),]/g, ' ').trim().split(/\s+/);
  const found: Region[] = [];
  let shape = '';
  let numbers: number[] = [];
  const close = (): void => {
    const whole = numbers.every(Number.isFinite);
    const kind = shape || (numbers.length === 3 ? 'CIRCLE' : 'POLYGON');
    if (whole && kind === 'CIRCLE' && numbers.length === 3 && numbers[2] >= 0) {
      found.push(region('circle', 'icrs', [[numbers[0], numbers[1]]], [numbers[2]]));
    } else if (whole && kind === 'POLYGON' && numbers.length >= 6 && numbers.length % 2 === 0) {
      const points = Array.from(
        { length: numbers.length / 2 },
        (_, i) => [numbers[2 * i], numbers[2 * i + 1]] as const
      );
      found.push(region('polygon', 'icrs', points));
    }
    numbers = [];
  };
  for (const word of words) {
    const upper = word.toUpperCase();
    if (upper === 'POLYGON' || upper === 'CIRCLE') {
      if (numbers.length > 0) {
        close();
      }
      shape = upper;
    } else if (FRAMES.has(upper) || upper === 'UNION') {
      continue;
    } else if (/^[+-]?[\d.]/.test(word)) {
      numbers.push(Number(word));
    } else {
      // Another frame or shape: a wrong place would be worse than none.
      return [];
    }
  }
  close();
  return found;
}

/** Whether a place of the plane is inside of a ring. */
export function insideRing(
  [x, y]: readonly [number, number],
  ring: readonly (readonly [number, number])[]
): boolean {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i, i += 1) {
    const [[xi, yi], [xj, yj]] = [ring[i], ring[j]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) {
      inside = !inside;
    }
  }
  return inside;
}
