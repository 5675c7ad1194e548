import { describe, expect, it } from 'vitest';

import { separation, toPlace, toVector } from '../celestial/sphere';
import type { Place, Vector } from '../celestial/sphere';
import type { Point } from '../image/geometry';
import { PROJECTION, PROJECTIONS } from './projection';
import { BEGIN, parsePlace, parseSky } from './spec';
import { Survey } from './survey';
import type { SurveyData } from './survey';
import { SkyCamera, dragged, stepped, withField, zoomedAt } from './view';
import type { SkyView } from './view';

const SIZE: Point = [800, 600];
const VIEW: SkyView = { centre: [53.1, -27.8], field: 2, projection: 'TAN', frame: 'icrs' };
const near = (a: readonly number[], b: readonly number[], digits = 6): void =>
  a.forEach((one, i) => expect(one).toBeCloseTo(b[i], digits));

describe('projections', () => {
  it.each(PROJECTIONS)('%s leads there and back', name => {
    const projection = PROJECTION[name];
    near(projection.forward([1, 0, 0])!, [0, 0]);
    for (const place of [
      [10, 5],
      [350, -40],
      [1e-6, 1e-6],
      [45, 30]
    ] as Place[]) {
      const vector = toVector(place);
      const at = projection.forward(vector)!;
      near(projection.backward(at)!, vector, 9);
      // East is to the one side, north to the other.
      expect(Math.sign(at[1])).toBe(Math.sign(place[1]));
    }
  });

  it('have an end where the sky ends', () => {
    expect(PROJECTION.SIN.forward(toVector([91, 0]))).toBeNull();
    expect(PROJECTION.SIN.backward([1.01, 0])).toBeNull();
    expect(PROJECTION.TAN.forward(toVector([90, 0]))).toBeNull();
    expect(PROJECTION.AIT.backward([2.9, 0])).toBeNull();
    expect(PROJECTION.ZEA.backward([0, 2.01])).toBeNull();
    // Places on the other side of a map of the whole sky are there.
    near(toPlace(PROJECTION.AIT.backward([2.8, 0])!), [177.708, 0], 2);
  });

  it('agree with what FITS says of them (WCS paper II)', () => {
    // Formulae 32, 59, 54, 77: at 60 degrees from the middle.
    const north: Vector = toVector([0, 60]);
    expect(PROJECTION.SIN.forward(north)![1]).toBeCloseTo(Math.sin(Math.PI / 3), 12);
    expect(PROJECTION.TAN.forward(north)![1]).toBeCloseTo(Math.tan(Math.PI / 3), 12);
    expect(PROJECTION.STG.forward(north)![1]).toBeCloseTo(2 * Math.tan(Math.PI / 6), 12);
    expect(PROJECTION.ZEA.forward(north)![1]).toBeCloseTo(2 * Math.sin(Math.PI / 6), 12);
    expect(PROJECTION.AIT.forward(north)![1]).toBeCloseTo(
      Math.sqrt(2 / 1.5) * Math.sin(Math.PI / 3),
      12
    );
  });
});

describe('a view of the sky', () => {
  it('has its middle in the middle, north up, east left', () => {
    for (const [projection] of PROJECTIONS) {
      const camera = new SkyCamera({ ...VIEW, projection }, SIZE);
      near(camera.screen(VIEW.centre)!, [400, 300]);
      const [, up] = camera.screen([53.1, -27.7])!;
      const [left] = camera.screen([53.2, -27.8])!;
      expect(up).toBeLessThan(300);
      expect(left).toBeLessThan(400);
      near(camera.place([123, 456])!, camera.place(camera.screen(camera.place([123, 456])!)!)!, 9);
    }
  });

  it('shows as many degrees along its shorter side as it says', () => {
    for (const [projection] of PROJECTIONS) {
      const camera = new SkyCamera({ ...VIEW, projection }, SIZE);
      expect(separation(camera.place([400, 0])!, camera.place([400, 600])!)).toBeCloseTo(2, 6);
    }
    expect(new SkyCamera({ ...VIEW, projection: 'SIN', field: 180 }, SIZE).scale).toBeCloseTo(300);
  });

  it('turns to another frame', () => {
    const camera = new SkyCamera(
      { ...VIEW, frame: 'galactic', field: 100, projection: 'ZEA' },
      SIZE
    );
    const [x, y] = camera.screen([192.8594813, 27.1282511]) ?? [0, 0];
    expect(Math.abs(x - 400)).toBeLessThan(1e-2);
    expect(y).toBeLessThan(300);
  });

  it('keeps the place under the cursor while it zooms and moves', () => {
    for (const field of [1e-3, 2, 60]) {
      const view = { ...VIEW, field, projection: 'SIN' as const };
      const at: Point = [600, 200];
      const place = new SkyCamera(view, SIZE).place(at)!;
      const closer = zoomedAt(view, SIZE, 2, at);
      expect(closer.field).toBeCloseTo(field / 2, 9);
      near(new SkyCamera(closer, SIZE).screen(place)!, at, 3);
      const moved = stepped(view, SIZE, at, [500, 260]);
      near(new SkyCamera(moved, SIZE).screen(place)!, [500, 260], 3);
      near(new SkyCamera(dragged(view, SIZE, place, [400, 300]), SIZE).view.centre, place, 6);
    }
  });

  it('stays on the sphere', () => {
    let view: SkyView = { ...VIEW, field: 180, projection: 'SIN' };
    for (let i = 0; i < 50; i += 1) {
      view = stepped(view, SIZE, [400, 300], [390, 400]);
      expect(Math.abs(view.centre[1])).toBeLessThanOrEqual(90);
      expect(view.centre[0]).toBeGreaterThanOrEqual(0);
    }
    expect(withField(view, 1e9).field).toBe(360);
    expect(withField(view, 0).field).toBeGreaterThan(0);
    // Beside the globe there is no sky to hold, and it turns all the same.
    expect(stepped(view, SIZE, [5, 5], [60, 5]).centre[0]).not.toBe(view.centre[0]);
  });
});

describe('a survey', () => {
  const data: SurveyData = {
    release: 'dp1',
    name: 'ECDFS',
    title: 'ECDFS',
    frame: 'icrs',
    least: 3,
    order: 11,
    width: 512,
    format: 'jpg',
    place: [53.16, -28.1],
    field: 0.05,
    coverage: { '2': [5], '11': [36791234] }
  };

  it('knows its tiles', () => {
    const survey = new Survey(data);
    expect(survey.covers(11, 36791234)).toBe(true);
    expect(survey.covers(11, 36791235)).toBe(false);
    // Above a tile that is there, and below a cell that is covered whole.
    expect(survey.covers(3, Math.floor(36791234 / 4 ** 8))).toBe(true);
    expect(survey.covers(6, 5 * 4 ** 4 + 77)).toBe(true);
    expect(survey.covers(6, 6 * 4 ** 4)).toBe(false);
    expect(new Survey({ ...data, coverage: undefined }).covers(9, 123)).toBe(true);
  });

  it('has its tiles where HEALPix has them', () => {
    const survey = new Survey(data);
    // Gorski et al. 2005: nested cell 0 of order 0 has its south corner at 45 degrees, 0.
    near(toPlace(survey.direction(0, 0, 0, 0)), [45, 0]);
    near(toPlace(survey.direction(0, 0, 0.5, 0.5)), [45, 41.8103149], 5);
    near(toPlace(survey.direction(0, 0, 1, 0)), [90, 41.8103149], 5);
    for (const place of [
      [53.16, -28.1],
      [0.1, 89],
      [359, -1]
    ] as Place[]) {
      const number = survey.at(place, 8);
      expect(separation(toPlace(survey.direction(8, number, 0.5, 0.5)), place)).toBeLessThan(0.3);
    }
    const galactic = new Survey({ ...data, frame: 'galactic' });
    near(toPlace(galactic.direction(0, 4, 0.5, 0.5)), [266.40499, -28.93617], 3);
    expect(galactic.at([266.40499, -28.93617], 0)).toBe(4);
  });
});

describe('what is kept of a sky', () => {
  it('is read back', () => {
    const spec = { ...BEGIN, view: VIEW, survey: 'dp1/ECDFS', catalogue: 'abc', grid: false };
    expect(parseSky(JSON.parse(JSON.stringify(spec)))).toEqual(spec);
    expect(parseSky({ ...spec, survey: null })!.survey).toBeNull();
  });

  it('is nothing, or as usual, where it makes no sense', () => {
    expect(parseSky(null)).toBeNull();
    expect(parseSky({ version: 2 })).toBeNull();
    const odd = { version: 1, view: { centre: [0, 99], field: -1, projection: 'XXX' }, survey: 7 };
    expect(parseSky(odd)).toEqual(BEGIN);
    expect(parsePlace([1, 2])).toEqual([1, 2]);
    expect(parsePlace('1 2')).toBeNull();
    expect(parsePlace([NaN, 2])).toBeNull();
  });
});
