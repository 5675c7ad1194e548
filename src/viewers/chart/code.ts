/** Python that draws a chart: the query of its rows, and matplotlib. */

import type { Condition, SourceColumn, TableView } from '../source';
import { BINS, isAxis, isFolded, isHistogram } from './spec';
import type { AxisSpec, ChartSpec, TraceSpec } from './spec';

/** Text as Python writes it. */
export function py(text: string): string {
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, one => {
    return `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
}

const RESERVED = new Set(
  (
    'abs all and any as asc at between bottom by case cast circle contains cos count date day desc ' +
    'distance distinct domain else end exists exp false floor from group having hour in interval is ' +
    'join key left level like log max min minute mod module month natural not null offset on or order ' +
    'outer point polygon position power range right row rows second select session size sum table time ' +
    'timestamp top true type union unique user value values where year zone'
  ).split(' ')
);

function literal(value: unknown): string {
  return typeof value === 'number' || typeof value === 'boolean'
    ? String(value)
    : `'${String(value).replace(/'/g, "''")}'`;
}

function quoted(name: string): string {
  return /^[A-Za-z]\w*$/.test(name) && !RESERVED.has(name.toLowerCase())
    ? name
    : `"${name.replace(/"/g, '""')}"`;
}

function condition([column, op, value]: Condition): string {
  const name = quoted(column);
  const list = Array.isArray(value) ? (value as readonly unknown[]).map(literal) : [];
  switch (op) {
    case 'isnull':
      return `${name} IS NULL`;
    case 'notnull':
      return `${name} IS NOT NULL`;
    case 'between':
      return `${name} BETWEEN ${list[0]} AND ${list[1]}`;
    case 'in':
      return `${name} IN (${list.join(', ')})`;
    case 'contains':
      return `${name} LIKE ${literal(`%${String(value)}%`)}`;
    case 'startswith':
      return `${name} LIKE ${literal(`${String(value)}%`)}`;
    case '!=':
      return `${name} <> ${literal(value)}`;
    default:
      return `${name} ${op} ${literal(value)}`;
  }
}

/** The query of what a trace draws. */
function query(trace: TraceSpec, own: string, columns: readonly SourceColumn[]): string {
  const view = (trace.view ?? {}) as Partial<TableView> & {
    readonly where?: readonly string[];
    readonly derive?: ReadonlyArray<readonly [string, string, string?]>;
    readonly subset?: string;
  };
  const derived = new Map((view.derive ?? []).map(([name, text]) => [name, text]));
  const value = (text: string): string => {
    const expression = derived.get(text);
    const isName = columns.some(one => one.name === text);
    return expression ? `(${expression})` : isName ? quoted(text) : text;
  };
  const wanted: Array<[string, string | undefined]> = [
    ['x', trace.x],
    ['y', trace.y],
    ['by', trace.kind === 'scatter' ? undefined : trace.by],
    ['color', trace.kind === 'density' ? undefined : trace.color],
    ['size', trace.size],
    ['xerr', trace.xerr],
    ['yerr', trace.yerr],
    ['xlow', trace.xlow],
    ['xhigh', trace.xhigh],
    ['ylow', trace.ylow],
    ['yhigh', trace.yhigh],
    ['weight', trace.kind === 'density' ? trace.weight : undefined]
  ];
  const flat = trace.kind === 'histogram';
  const list = wanted
    .filter(([name, text]) => text && (!flat || name === 'x' || name === 'by'))
    .map(([name, text]) => `${value(text!)} AS ${COLUMN[name] ?? name}`);
  const conditions = [
    ...(view.filter ?? []).map(condition),
    ...(view.where ?? []).map(text => `(${text})`)
  ];
  const where = conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : '';
  return `SELECT ${list.join(', ')} FROM job."${trace.result ?? own}"${where}`;
}

/** Names in the query that ADQL has other uses for. */
const COLUMN: Readonly<Record<string, string>> = {
  x: 'x_',
  y: 'y_',
  by: 'group_',
  size: 'size_',
  color: 'color_',
  weight: 'weight_'
};

function scale(axis: AxisSpec, name: 'x' | 'y'): string[] {
  const out: string[] = [];
  if (axis.log) {
    out.push(`ax.set_${name}scale("log")`);
  }
  const ends = axis.range;
  if (ends) {
    const [a, b] = axis.reversed ? [ends[1], ends[0]] : ends;
    out.push(`ax.set_${name}lim(${a}, ${b})`);
  } else if (axis.reversed) {
    out.push(`ax.invert_${name}axis()`);
  }
  return out;
}

function errors(trace: TraceSpec, t: string): string[] {
  return (['x', 'y'] as const).flatMap(axis => {
    const both = trace[`${axis}err`];
    const low = trace[`${axis}low`];
    const high = trace[`${axis}high`];
    if (!low && !high) {
      return both ? [`${axis}err=${t}["${axis}err"]`] : [];
    }
    // What is given for one direction goes before what is given for both.
    const other = both ? `${t}["${axis}err"]` : `0 * ${t}["${axis}_"]`;
    const side = (name: string, given: string | undefined): string =>
      given ? `${t}["${name}"]` : other;
    return [`${axis}err=[${side(`${axis}low`, low)}, ${side(`${axis}high`, high)}]`];
  });
}

function draw(
  spec: ChartSpec,
  trace: TraceSpec,
  t: string,
  columns: readonly SourceColumn[]
): string[] {
  const label = py(trace.name ?? trace.y ?? trace.x);
  const map = trace.map === 'grey' ? 'gray' : (trace.map ?? 'viridis');
  const x = `${t}["x_"]`;
  const y = `${t}["y_"]`;
  if (trace.kind === 'histogram') {
    const bins = spec.x.log
      ? `bins=np.geomspace(${x}[${x} > 0].min(), ${x}.max(), ${(trace.bins ?? BINS) + 1})`
      : `bins=${trace.bins ?? BINS}`;
    return trace.by
      ? [
          `for name, group in ${t}.groupby("group_", dropna=False):`,
          `    ax.hist(group["x_"].dropna(), ${bins}, histtype="step", label=str(name))`
        ]
      : [`ax.hist(${x}.dropna(), ${bins}, alpha=0.6, label=${label})`];
  }
  if (trace.kind === 'density') {
    const log = [spec.x.log ? 'xscale="log"' : '', spec.y.log ? 'yscale="log"' : ''].filter(
      Boolean
    );
    const weight =
      trace.weight && trace.statistic && trace.statistic !== 'count'
        ? [`C=${t}["weight_"]`, `reduce_C_function=np.nan${trace.statistic}`]
        : ['bins="log"'];
    const rest = ['gridsize=200', ...weight, ...log, `cmap="${map}"`].join(', ');
    return [`drawn = ax.hexbin(${x}, ${y}, ${rest})`, 'fig.colorbar(drawn, ax=ax)'];
  }
  const bars = errors(trace, trace.kind === 'lightcurve' && trace.by ? 'group' : t);
  if (trace.kind === 'lightcurve') {
    const times = (table: string): string =>
      isFolded(trace)
        ? `((${table}["x_"] - ${trace.epoch ?? 0}) / ${trace.period}) % 1`
        : `${table}["x_"]`;
    const plot = (table: string, name: string): string =>
      `ax.errorbar(${[times(table), `${table}["y_"]`, ...bars, 'fmt="."', `label=${name}`].join(', ')})`;
    return trace.by
      ? [`for name, group in ${t}.groupby("group_"):`, `    ${plot('group', 'str(name)')}`]
      : [plot(t, label)];
  }
  if (trace.kind === 'line') {
    return [`${t} = ${t}.sort_values("x_")`, `ax.plot(${x}, ${y}, label=${label})`];
  }
  const named = columns.find(one => one.name === trace.color);
  if (trace.color && named && !isAxis(named)) {
    return [
      `for name, group in ${t}.groupby("color_"):`,
      `    ax.scatter(group["x_"], group["y_"], s=${(trace.marker ?? 3) ** 2}, label=str(name))`
    ];
  }
  const shade = trace.color
    ? [`c=${t}["color_"]`, `cmap="${map}"`, ...(trace.logcolor ? ['norm="log"'] : [])]
    : [];
  const size = trace.size
    ? `s=2 + 60 * ${t}["size_"].rank(pct=True)`
    : `s=${(trace.marker ?? 3) ** 2}`;
  const out: string[] = [];
  if (bars.length > 0) {
    out.push(
      `ax.errorbar(${[x, y, ...bars, 'fmt="none"', 'elinewidth=0.5', 'zorder=0'].join(', ')})`
    );
  }
  const arguments_ = [x, y, size, ...shade, 'linewidths=0', `label=${label}`].join(', ');
  out.push(`drawn = ax.scatter(${arguments_})`);
  if (trace.color) {
    out.push(`fig.colorbar(drawn, ax=ax, label=${py(trace.color)})`);
  }
  return out;
}

/** Python that gives the condition of an expression of subsets: names, AND, OR, NOT, parentheses. */
function subsetCode(text: string, subsets: string): string {
  const parts: string[] = ['"("'];
  for (const [, quoted_, sign, word] of text.matchAll(/"((?:[^"]|"")+)"|([()])|([^\s()"]+)/g)) {
    const name = quoted_?.replace(/""/g, '"') ?? word;
    if (sign) {
      parts.push(py(sign));
    } else if (quoted_ === undefined && /^(and|or|not)$/i.test(name)) {
      parts.push(py(` ${name.toUpperCase()} `));
    } else {
      parts.push(`"(" + ${subsets}.where(${py(name)}) + ")"`);
    }
  }
  return [...parts, '")"'].join(' + ').replace(/" \+ "/g, '');
}

/** Python that draws a chart over the results of some jobs. */
export function chartCode(
  spec: ChartSpec,
  own: string,
  columns: readonly SourceColumn[] = []
): string {
  const drawing = spec.traces.flatMap((trace, i) => draw(spec, trace, `t${i}`, columns));
  const lines = ['import lsp_jupyter as lsp', 'import matplotlib.pyplot as plt'];
  if (drawing.some(line => line.includes('np.'))) {
    lines.push('import numpy as np');
  }
  lines.push('');
  spec.traces.forEach((trace, i) => {
    const { subset } = (trace.view ?? {}) as { readonly subset?: string };
    const text = query(trace, own, columns);
    if (subset) {
      lines.push(`rows${i} = lsp.result(${py(trace.result ?? own)}).subsets`);
      lines.push(`in${i} = ${subsetCode(subset, `rows${i}`)}`);
      const join = text.includes(' WHERE ') ? ' AND ' : ' WHERE ';
      lines.push(`t${i} = lsp.query(${py(text + join)} + in${i}).to_pandas()`);
    } else {
      lines.push(`t${i} = lsp.query(${py(text)}).to_pandas()`);
    }
  });
  lines.push('', 'fig, ax = plt.subplots()', ...drawing);
  const first = spec.traces[0];
  const x = spec.x.label ?? (isFolded(first) ? 'Phase' : first.x);
  const y = spec.y.label ?? (isHistogram(spec) ? 'Rows' : (first.y ?? ''));
  const title = spec.title ? `, title=${py(spec.title)}` : '';
  lines.push(`ax.set(xlabel=${py(x)}, ylabel=${py(y)}${title})`);
  lines.push(...scale(spec.x, 'x'), ...scale(spec.y, 'y'));
  if (drawing.some(line => line.startsWith('    ')) || spec.traces.length > 1) {
    lines.push('ax.legend()');
  }
  lines.push('plt.show()');
  return lines.join('\n');
}
