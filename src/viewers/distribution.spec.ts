// @vitest-environment jsdom
import { describe, expect, it, vi } from 'vitest';

import type { ColumnStatistics } from './analysis';
import { Distribution, rangeText, stepText, valueText } from './distribution';
import { statisticsFacts, statisticsText } from './statistics_panel';

const DEC: ColumnStatistics = {
  name: 'dec',
  unit: 'deg',
  kind: 'number',
  count: 100,
  nulls: 3,
  infinite: 0,
  distinct: 90,
  min: -1,
  max: 9,
  mean: 4.25,
  sigma: 2,
  median: 4,
  quantiles: { p01: -0.9 },
  skew: null,
  kurtosis: null,
  histogram: { edges: [0, 5, 10], counts: [60, 40], below: 1, above: 0 }
};

describe('ranges of a distribution', () => {
  it('has as many digits as a pixel is worth', () => {
    expect(stepText(12.345678, 0.01)).toBe('12.346');
    expect(stepText(1234567, 1000)).toBe('1234567');
    expect(stepText(1.23e-9, 1e-11)).toBe('0.00000000123');
    expect(stepText(100, 0.5)).toBe('100');
  });

  it('is written as a filter of its kind', () => {
    expect(rangeText(DEC, 1.00004, 2.5, 0.01)).toBe('1..2.5');
    expect(rangeText({ ...DEC, kind: 'integer' }, 1.2, 7.9, 0.1)).toBe('2..7');
    const day = Date.parse('2025-06-30T00:00:00Z');
    expect(rangeText({ ...DEC, kind: 'time' }, day, day + 3_600_000, 1)).toBe(
      '2025-06-30T00:00:00..2025-06-30T01:00:00'
    );
    expect(valueText('two words')).toBe('= "two words"');
    expect(valueText(true)).toBe('true');
  });
});

describe('the distribution above a filter', () => {
  it('draws bars and says their ends, the missing and the outliers', () => {
    const parent = document.createElement('div');
    const one = new Distribution(parent, vi.fn());
    one.show(DEC);
    expect(one.node.getAttribute('aria-label')).toBe('Distribution of dec from 0 to 10, 3 missing');
    expect(one.node.title).toContain('1 values lie outside');
    expect(parent.querySelector('path')!.getAttribute('d')).toContain('M1,1');
  });

  it('shows hostile texts as text, and filters by a click', () => {
    const parent = document.createElement('div');
    const brushed = vi.fn();
    const one = new Distribution(parent, brushed);
    const value = '<img src=x onerror=alert(1)>';
    one.show({ name: 't', kind: 'text', count: 9, nulls: 0, top: [{ value, count: 5 }] });
    expect(parent.querySelector('img')).toBeNull();
    parent.querySelector('button')!.click();
    expect(brushed).toHaveBeenCalledWith(`= "${value}"`);
  });

  it('says so when there is nothing to draw', () => {
    const one = new Distribution(document.createElement('div'), vi.fn());
    one.show({ ...DEC, count: 0, histogram: { edges: [], counts: [], below: 0, above: 0 } });
    expect(one.node.getAttribute('aria-label')).toBe('No values');
  });
});

describe('statistics in words', () => {
  it('tells what is known, and copies it as a table', () => {
    expect(new Map(statisticsFacts(DEC)).get('Mean')).toBe('4.25');
    expect(statisticsFacts(DEC).map(([name]) => name)).not.toContain('Skew');
    const [head, line] = statisticsText([DEC]).split('\n');
    expect(line.split('\t')[head.split('\t').indexOf('p01')]).toBe('-0.9');
  });
});
