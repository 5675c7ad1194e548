import { describe, expect, it } from 'vitest';

import { angleText, degrees, hours, placeText } from './angles';
import { inFrame } from './frames';
import type { SkyFrame } from './frames';
import { offset, onTangentPlane, positionAngle, separation } from './sphere';
import type { Place } from './sphere';

// Places of the Andromeda galaxy, the galactic pole and a place near the pole, as astropy 8.0
// transforms them (ICRS, Galactic, BarycentricMeanEcliptic).
const PLACES: readonly (readonly [Place, Place, Place])[] = [
  [
    [10.684708, 41.26875],
    [121.17432879, -21.57330879],
    [27.84913932, 33.34860648]
  ],
  [
    [192.859508, 27.128336],
    [105.15861858, 89.99991223],
    [180.02320589, 29.81153244]
  ]
];

describe('frames', () => {
  for (const [icrs, galactic, ecliptic] of PLACES) {
    it(`agree at ${icrs.join(' ')}`, () => {
      expect(separation(inFrame(icrs, 'icrs', 'galactic'), galactic)).toBeLessThan(1e-5);
      expect(separation(inFrame(icrs, 'icrs', 'ecliptic'), ecliptic)).toBeLessThan(2e-5);
    });
  }

  it('lead back', () => {
    const place: Place = [359.9, -65.4321];
    const frames: SkyFrame[] = ['icrs', 'galactic', 'ecliptic'];
    for (const from of frames) {
      for (const to of frames) {
        const there = inFrame(place, from, to);
        expect(separation(inFrame(there, to, from), place)).toBeLessThan(1e-12);
      }
    }
  });
});

describe('the sphere', () => {
  it('has distances small and large', () => {
    expect(separation([10, 20], [10, 20])).toBe(0);
    expect(separation([10, 0], [10 + 1e-7, 0])).toBeCloseTo(1e-7, 14);
    expect(separation([0, 90], [123, -90])).toBeCloseTo(180, 12);
    expect(separation([350, 0], [10, 0])).toBeCloseTo(20, 12);
  });

  it('has directions from north over east', () => {
    expect(positionAngle([10, 0], [10, 1])).toBeCloseTo(0, 12);
    expect(positionAngle([10, 0], [11, 0])).toBeCloseTo(90, 12);
    expect(positionAngle([359.5, 0], [0.5, 0])).toBeCloseTo(90, 12);
    expect(positionAngle([10, 10], [9, 10])).toBeGreaterThan(269);
  });

  it('is walked there and back', () => {
    for (const [distance, angle] of [
      [1e-5, 33],
      [1, 250],
      [80, 10]
    ]) {
      const from: Place = [40, -50];
      const to = offset(from, distance, angle);
      expect(separation(from, to)).toBeCloseTo(distance, 10);
      expect(positionAngle(from, to)).toBeCloseTo(angle, 6);
    }
    expect(offset([0, 89], 2, 0)[1]).toBeCloseTo(89, 10);
  });

  it('is touched by planes', () => {
    const centre: Place = [80, 60];
    const place = onTangentPlane(centre, 0.3, -0.4);
    // On the plane distances are tangents.
    const distance = (Math.atan((0.5 * Math.PI) / 180) * 180) / Math.PI;
    expect(separation(centre, place)).toBeCloseTo(distance, 12);
    expect(positionAngle(centre, place)).toBeCloseTo(180 - (Math.atan(0.75) * 180) / Math.PI, 8);
    expect(onTangentPlane([0, 90], 0, 1)[1]).toBeCloseTo(89, 3);
  });
});

describe('angles', () => {
  it('are hours and degrees', () => {
    expect(hours(10.684708)).toBe('00:42:44.330');
    expect(degrees(41.26875)).toBe('+41:16:07.50');
    expect(degrees(-0.5, 0)).toBe('-00:30:00');
    expect(degrees(-0.0001, 2, ['°', '′', '″'])).toBe('-00°00′00.36″');
  });

  it('round up without a sixtieth second', () => {
    expect(hours(15 - 1e-9)).toBe('01:00:00.000');
    expect(hours(360 - 1e-9)).toBe('00:00:00.000');
    expect(degrees(59.9999999)).toBe('+60:00:00.00');
  });

  it('make places', () => {
    expect(placeText([10.684708, 41.26875], 'icrs', 'sexagesimal')).toBe(
      '00:42:44.330 +41:16:07.50'
    );
    expect(placeText([121.17, -21.5], 'galactic', 'sexagesimal')).toBe('121:10:12.00 -21:30:00.00');
    expect(placeText([10.684708, -41.26875], 'icrs', 'degrees')).toBe('10.684708 -41.268750');
    expect(placeText([NaN, 0], 'icrs', 'degrees')).toBe('');
  });

  it('have a unit that suits them', () => {
    expect(angleText(0.2 / 3600)).toBe('0.200″');
    expect(angleText(0.5)).toBe('30.0′');
    expect(angleText(12.34567)).toBe('12.35°');
  });
});
