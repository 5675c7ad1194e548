import { describe, expect, it } from 'vitest';

import { chartCode, py } from './code';
import type { ChartSpec, TraceSpec } from './spec';

const chart = (trace: TraceSpec, more: Partial<ChartSpec> = {}): ChartSpec => ({
  version: 1,
  x: {},
  y: {},
  traces: [trace],
  ...more
});

describe('the code of a chart', () => {
  it('asks for the rows of the view, and draws them', () => {
    const code = chartCode(
      chart(
        {
          kind: 'scatter',
          x: 'ra',
          y: 'gr',
          color: 'size',
          view: {
            sort: [],
            filter: [['name', '=', "it's"]],
            derive: [['gr', 'g - r']],
            where: ['g < 20']
          }
        },
        { x: { reversed: true }, y: { log: true, range: [1, 10] } }
      ),
      'abc',
      [{ name: 'size', datatype: 'double' }]
    );
    expect(code).toContain(
      'SELECT ra AS x_, (g - r) AS y_, \\"size\\" AS color_ FROM job.\\"abc\\" ' +
        "WHERE name = 'it''s' AND (g < 20)"
    );
    expect(code).toContain('ax.invert_xaxis()');
    expect(code).toContain('ax.set_yscale("log")\nax.set_ylim(1, 10)');
    expect(code).toContain('c=t0["color_"], cmap="viridis"');
    expect(code.endsWith('plt.show()')).toBe(true);
  });

  it('folds a light curve, and draws it by band', () => {
    const code = chartCode(
      chart({ kind: 'lightcurve', x: 't', y: 'm', yerr: 'e', by: 'band', period: 0.5 }),
      'abc'
    );
    expect(code).toContain('for name, group in t0.groupby("group_"):');
    expect(code).toContain('((group["x_"] - 0) / 0.5) % 1, group["y_"], yerr=group["yerr"]');
    expect(code).toContain('ax.legend()');
  });

  it('asks for the rows of a subset', () => {
    const view = { sort: [], filter: [], subset: 'bright AND NOT ("far out" or b)' };
    const code = chartCode(chart({ kind: 'scatter', x: 'ra', y: 'dec', view }), 'abc');
    expect(code).toContain('rows0 = lsp.result("abc").subsets');
    expect(code).toContain(
      'in0 = "((" + rows0.where("bright") + ") AND  NOT ((" + rows0.where("far out") + ' +
        '") OR (" + rows0.where("b") + ")))"'
    );
    expect(code).toContain('FROM job.\\"abc\\" WHERE " + in0).to_pandas()');
  });

  it('bins a logarithmic axis evenly', () => {
    const code = chartCode(chart({ kind: 'histogram', x: 'f' }, { x: { log: true } }), 'abc');
    expect(code).toContain('import numpy as np');
    expect(code).toContain('np.geomspace(');
  });

  it('keeps text as text', () => {
    expect(py('a"\n\\é')).toBe('"a\\"\\n\\\\\\u00e9"');
  });
});
