import { describe, expect, it } from 'vitest';

import { parsePosition, positionText, toIcrs } from './positions';
import type { Frame, Position } from './positions';

describe('a position', () => {
  it.each<[string, Frame, Position]>([
    ['10.6847 41.2688', 'ICRS', [10.6847, 41.2688]],
    ['10.6847, −41.2688', 'ICRS', [10.6847, -41.2688]],
    ['10.5° +0.25°', 'ICRS', [10.5, 0.25]],
    ['00:42:44.33 +41:16:07.5', 'ICRS', [10.684708, 41.26875]],
    ['00 42 44.33 +41 16 07.5', 'ICRS', [10.684708, 41.26875]],
    ['0h42m44.33s, 41d16m7.5s', 'ICRS', [10.684708, 41.26875]],
    ['00h42m44.33s+41°16′07.5″', 'ICRS', [10.684708, 41.26875]],
    ['23 59 59 -00 00 30', 'ICRS', [359.995833, -0.008333]],
    ['121:10:28 -21:34:24', 'Galactic', [121.174444, -21.573333]],
    ['10d30m0s 5d0m0s', 'ICRS', [10.5, 5]]
  ])('%s (%s) is read', (text, frame, expected) => {
    const found = parsePosition(text, frame)!;
    expect(found[0]).toBeCloseTo(expected[0], 5);
    expect(found[1]).toBeCloseTo(expected[1], 5);
  });

  it.each([
    'M 31',
    'NGC 224',
    '',
    '10',
    '10 95',
    '400 0',
    '00:61:00 +10:00:00',
    'HD 1 2 3',
    '1e400 0'
  ])('%s is none', text => {
    expect(parsePosition(text, 'ICRS')).toBeNull();
  });

  // Values of astropy's SkyCoord; its frame bias to J2000.0 is 0.02 arcseconds.
  it.each<[Frame, Position, Position]>([
    ['Galactic', [0, 0], [266.40498829, -28.93617776]],
    ['Galactic', [121.174444, -21.573333], [10.68485161, 41.2687297]],
    ['Galactic', [12.3, 90], [192.85947789, 27.12825241]],
    ['Ecliptic', [90, 0], [89.99999795, 23.43928134]],
    ['Ecliptic', [200, -40], [178.78211378, -43.9447843]],
    ['ICRS', [-10, 20], [350, 20]]
  ])('in %s %j is %j', (frame, given, expected) => {
    const [ra, dec] = toIcrs(given, frame);
    expect(Math.abs(ra - expected[0]) * Math.cos((dec * Math.PI) / 180)).toBeLessThan(2e-5);
    expect(Math.abs(dec - expected[1])).toBeLessThan(2e-5);
  });

  it('is written without needless digits', () => {
    expect(positionText([10.684700000001, -0.5])).toBe('10.6847 -0.5');
  });
});
