import { describe, expect, it } from 'vitest';

import { parseFilter } from './filters';
import { EVERYTHING, fromView, toView, withFilter, withoutDerived } from './shown';
import type { Condition } from './source';

describe('what is shown of a table', () => {
  it('travels without parts that say nothing', () => {
    expect(toView(EVERYTHING)).toEqual({ sort: [], filter: [] });
    const shown = { ...EVERYTHING, where: ['a > 1'], subset: 'x' };
    expect(toView(shown)).toEqual({ sort: [], filter: [], where: ['a > 1'], subset: 'x' });
  });

  it('comes back as it went', () => {
    const view = {
      sort: [['gr', 'desc']] as const,
      filter: [
        ['a', '>', 1],
        ['a', '<', 5],
        ['b', 'isnull', null]
      ] as const,
      derive: [['gr', 'g - r', 'mag']] as const,
      where: ['gr > 0']
    };
    const shown = fromView(view);
    expect(shown.filters.get('a')!.text).toBe('> 1 and < 5');
    expect(toView(shown)).toEqual(view);
  });

  it('forgets a computed column with what needs it', () => {
    const shown = fromView({
      sort: [['gr', 'desc']],
      filter: [['gr', '>', 1]],
      derive: [['gr', 'g - r']]
    });
    expect(toView(withoutDerived(shown, 'gr'))).toEqual({ sort: [], filter: [] });
    expect(toView(withFilter(shown, 'gr', null)).filter).toEqual([]);
  });

  it.each<Condition>([
    ['x', 'between', [1, 5.5]],
    ['x', '>=', -3],
    ['x', 'isnull', null],
    ['x', 'notnull', null],
    ['x', 'in', [1, 2, 3]]
  ])('writes %j as somebody would type it', (...condition) => {
    const { text } = fromView({ filter: [condition] }).filters.get('x')!;
    expect(parseFilter('x', text, 'float')).toEqual([condition]);
  });

  it.each<Condition>([
    ['x', 'contains', 'ab'],
    ['x', 'startswith', 'NGC'],
    ['x', '=', 'two words'],
    ['x', '!=', 'it is "so"']
  ])('writes %j of texts', (...condition) => {
    const { text } = fromView({ filter: [condition] }).filters.get('x')!;
    expect(parseFilter('x', text, 'text')).toEqual([condition]);
  });
});
