import { describe, expect, it } from 'vitest';

import { HighlightModel } from './highlight';
import type { HighlightChange } from './highlight';

describe('the row that is looked at', () => {
  it('is told once, with the view it was chosen in', () => {
    const model = new HighlightModel();
    const told: HighlightChange[] = [];
    model.changed.connect((_, change) => told.push(change));
    const view = {};
    model.highlight('a', 3, view);
    model.highlight('a', 3, {});
    model.highlight('b', 0);
    expect(told).toEqual([
      { result: 'a', row: 3, by: view },
      { result: 'b', row: 0, by: null }
    ]);
    expect([model.get('a'), model.get('b'), model.get('c')]).toEqual([3, 0, null]);
  });

  it('may be none', () => {
    const model = new HighlightModel();
    let told = 0;
    model.changed.connect(() => (told += 1));
    model.highlight('a', null);
    expect(told).toBe(0);
    model.highlight('a', 1);
    model.highlight('a', null);
    expect(told).toBe(2);
    expect(model.get('a')).toBeNull();
  });
});
