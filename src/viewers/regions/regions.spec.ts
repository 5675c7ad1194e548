import { describe, expect, it } from 'vitest';

import { readRegions } from './ds9';
import { writeRegions } from './ds9_write';
import { NotSearchable, condition, outline } from './query';
import { region } from './region';
import type { Region } from './region';
import { insideRing, readStcs } from './stcs';

const one = (text: string): Region => {
  const { regions, problems } = readRegions(text);
  expect(problems).toEqual([]);
  expect(regions).toHaveLength(1);
  return regions[0];
};

const FILE = `# Region file format: DS9 version 4.1
global color=green dashlist=8 3 width=1 font="helvetica 10 normal roman" select=1 dash=0 include=1
fk5
circle(11:24:24.230,-59:15:02.20,18.5108") # color=cyan text={near the star; really} tag={a} tag={b}
-box(170.9875,-59.2635,24.1039",32.2023",20) # width=3 dash=1
ellipse(11h23m59s,-59d17m27s,10',5',125.5)
polygon(171.1,-59.1,171.2,-59.1,171.2,-59.2)
annulus(171,-59,0.1,0.2,0.3d)
line(171.1,-59.1,171.2,-59.2) # line=0 1
# vector(171.1,-59.1,30",45) vector=1 color=#ff8800
point(171.1,-59.1) # point=boxcircle 14
# text(171.1,-59.1) text={a label}
galactic; point 120 -30
image;circle(100,200,5);box 10 20 4 6 0 # color=red
`;

describe('region files', () => {
  const { regions, problems } = readRegions(FILE);

  it('are read whole', () => {
    expect(problems).toEqual([]);
    expect(regions.map(({ shape, frame }) => `${frame} ${shape}`)).toEqual([
      'icrs circle',
      'icrs box',
      'icrs ellipse',
      'icrs polygon',
      'icrs annulus',
      'icrs line',
      'icrs vector',
      'icrs point',
      'icrs text',
      'galactic point',
      'image circle',
      'image box'
    ]);
  });

  it('have numbers in degrees, hours and minutes', () => {
    const [circle, box, ellipse, , annulus, , vector] = regions;
    expect(circle.points[0][0]).toBeCloseTo(171.1009583, 6);
    expect(circle.points[0][1]).toBeCloseTo(-59.2506111, 6);
    expect(circle.sizes[0]).toBeCloseTo(18.5108 / 3600, 12);
    expect(box.angle).toBe(20);
    expect(ellipse.points[0][0]).toBeCloseTo(15 * (11 + 23 / 60 + 59 / 3600), 9);
    expect(ellipse.sizes).toEqual([10 / 60, 5 / 60]);
    expect(ellipse.angle).toBe(125.5);
    expect(annulus.sizes).toEqual([0.1, 0.2, 0.3]);
    expect(vector.sizes[0]).toBeCloseTo(30 / 3600, 12);
    expect(vector.angle).toBe(45);
  });

  it('have properties of their own and of all', () => {
    const [circle, box, , , , , vector, point, text] = regions;
    expect(circle.text).toBe('near the star; really');
    expect(circle.tags).toEqual(['a', 'b']);
    expect(circle.style).toEqual({ color: 'cyan' });
    expect(box.excluded).toBe(true);
    expect(box.style).toMatchObject({ width: 3, dash: true });
    expect(regions[3].style).toMatchObject({ color: 'green', width: 1, dash: false });
    expect(vector.style.color).toBe('#ff8800');
    expect(point.style).toMatchObject({ symbol: 'boxcircle', size: 14 });
    expect(text.text).toBe('a label');
    expect(regions[10]).toMatchObject({ sizes: [5], angular: false });
  });

  it('are written and read again', () => {
    const again = readRegions(writeRegions(regions));
    expect(again.problems).toEqual([]);
    expect(again.regions).toHaveLength(regions.length);
    for (const [i, made] of again.regions.entries()) {
      const first = regions[i];
      expect(made).toMatchObject({
        shape: first.shape,
        frame: first.frame,
        excluded: first.excluded,
        text: first.text,
        tags: first.tags,
        angle: first.angle,
        angular: first.angular
      });
      made.points
        .flat()
        .forEach((value, j) => expect(value).toBeCloseTo(first.points.flat()[j], 7));
      made.sizes.forEach((value, j) => expect(value).toBeCloseTo(first.sizes[j], 7));
    }
  });

  it('have other spellings', () => {
    expect(one('icrs\r\ncircle 10 20 3p').sizes).toEqual([3]);
    expect(one('icrs\ncircle 10 20 3p').angular).toBe(false);
    expect(one('fk5;point(1:00:00,+2:00:00) # point=x').points).toEqual([[15, 2]]);
    expect(one('ecliptic\npoint(1:30:00,+2:00:00)').points).toEqual([[1.5, 2]]);
    expect(one('image\ncross point 4 5'.replace('cross point', 'point cross')).style.symbol).toBe(
      'cross'
    );
    expect(one('physical\ntext 4 5 {a # b}').text).toBe('a # b');
  });

  it.each([
    ['icrs\ncircle(1,2)', 'too few'],
    ['icrs\ncircle(1,2,-3)', 'below zero'],
    ['icrs\ncircle(1,95,3)', 'pole'],
    ['icrs\ncircle(1,x,3)', 'no number'],
    ['icrs\npolygon(1,2,3,4)', 'too few'],
    ['icrs\npolygon(1,2,3,4,5)', 'too few'],
    ['icrs\nbox(1,2,3",4i,0)', 'pixels and in angles'],
    ['fk4', 'ICRS'],
    ['icrs\nblob(1,2)', 'blob'],
    ['<script>alert(1)</script>', 'no figure'],
    ['icrs\ncircle(1,2,1e999)', 'no number']
  ])('tell what is wrong with %s', (text, said) => {
    const { regions: none, problems: told } = readRegions(text);
    expect(none).toEqual([]);
    expect(told.join()).toContain(said);
  });

  it('cannot smuggle styles', () => {
    const made = one('icrs\npoint(1,2) # color=url(https://x.example) width=9999');
    expect(made.style).toEqual({ width: 20 });
  });
});

describe('conditions', () => {
  it('are of circles, polygons and boxes', () => {
    expect(condition([region('circle', 'icrs', [[10, 20]], [0.5])], 'ra', 'dec')).toBe(
      'CONTAINS(POINT(ra, dec), CIRCLE(10, 20, 0.5)) = 1'
    );
    const corners = [
      [1, 2],
      [3, 2],
      [3, 4]
    ] as const;
    expect(condition([region('polygon', 'icrs', corners)], 'ra', 'dec')).toBe(
      'CONTAINS(POINT(ra, dec), POLYGON(1, 2, 3, 2, 3, 4)) = 1'
    );
    expect(condition([region('box', 'icrs', [[180, 0]], [2, 1])], 'r', 'd')).toMatch(
      /POLYGON\(180\.999\d*, -0\.499\d*, 179\.0001\d*, -0\.499\d*, 179\.0001\d*, 0\.499\d*, 180\.999/
    );
  });

  it('of several are any of them, and none that is left out', () => {
    const circle = (radius: number, excluded = false): Region =>
      region('circle', 'icrs', [[1, 2]], [radius], { excluded });
    expect(condition([circle(1), circle(2), circle(3, true)], 'ra', 'dec')).toBe(
      '(CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 1)) = 1 OR ' +
        'CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 2)) = 1) AND ' +
        'NOT (CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 3)) = 1)'
    );
    expect(condition([region('annulus', 'icrs', [[1, 2]], [1, 2])], 'ra', 'dec')).toBe(
      'CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 2)) = 1 AND ' +
        'NOT (CONTAINS(POINT(ra, dec), CIRCLE(1, 2, 1)) = 1)'
    );
  });

  it('are in ICRS', () => {
    const text = condition([region('circle', 'galactic', [[0, 90]], [1])], 'ra', 'dec');
    expect(text).toContain('CIRCLE(192.8594');
  });

  it('need an inside, and a place on the sky', () => {
    expect(condition([region('point', 'icrs', [[1, 2]])], 'ra', 'dec')).toBeNull();
    expect(condition([], 'ra', 'dec')).toBeNull();
    expect(() => condition([region('circle', 'image', [[1, 2]], [3])], 'ra', 'dec')).toThrow(
      NotSearchable
    );
  });

  it('turn figures against the clock', () => {
    // Its long axis is turned from west to north.
    const tall = outline(region('ellipse', 'icrs', [[100, 0]], [0.2, 0.1], { angle: 90 }));
    const latitudes = tall.map(place => place[1]);
    expect(Math.max(...latitudes)).toBeCloseTo(0.2, 5);
    const turned = outline(region('box', 'icrs', [[100, 0]], [0.2, 0], { angle: 45 }));
    const right = turned[1];
    expect(right[0]).toBeLessThan(100);
    expect(right[1]).toBeGreaterThan(0);
  });
});

describe('figures of tables', () => {
  it.each([
    ['POLYGON ICRS 10 20 11 20 11 21', [['polygon', 3]]],
    ['Polygon 10 20 11 20 11 21 10 21', [['polygon', 4]]],
    ['polygon((10,20),(11,20),(11,21))', [['polygon', 3]]],
    ['10 20 11 20 11 21', [['polygon', 3]]],
    ['CIRCLE ICRS 10 20 0.5', [['circle', 1]]],
    ['10 20 0.5', [['circle', 1]]],
    ['UNION ICRS (CIRCLE 10 20 1 POLYGON 1 2 3 4 5 6)', [['circle', 1], ['polygon', 3]]], // prettier-ignore
    ['POLYGON ICRS 1 2 3 4', []],
    ['CIRCLE ICRS 10 20 -1', []],
    ['POLYGON GALACTIC 10 20 11 20 11 21', []],
    ['BOX ICRS 10 20 1 1', []],
    ['POLYGON ICRS 10 20 11 NaN 11 21', []],
    ['', []],
    ['null', []]
  ])('%s', (text, expected) => {
    expect(readStcs(text).map(({ shape, points }) => [shape, points.length])).toEqual(expected);
  });

  it('know what is inside of them', () => {
    const ring = [[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]] as const; // prettier-ignore
    expect(insideRing([1, 1], ring)).toBe(true);
    expect(insideRing([2, 3], ring)).toBe(false);
    expect(insideRing([5, 1], ring)).toBe(false);
  });
});
