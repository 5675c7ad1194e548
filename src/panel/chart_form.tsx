/** How a chart is drawn, as a form. */

import { ReactWidget } from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IPlatform } from '../tokens';
import type { ChartSource } from '../viewers/chart/source';
import {
  ENCODINGS,
  KINDS,
  MAPS,
  STATISTICS,
  TRACES_MAX,
  axisFor,
  otherAxis
} from '../viewers/chart/spec';
import type { AxisSpec, ChartSpec, Encoding, TraceSpec } from '../viewers/chart/spec';
import type { ChartViewer } from '../viewers/chart/viewer';
import { Axis, Period, numberOf } from './chart_axes';
import { Check, Choice, Expression, Text, useFieldId } from './chart_fields';
import { resultName } from './result';

const ENCODING_WORDS: Readonly<Record<Encoding, string>> = {
  color: 'Colour by',
  size: 'Size by',
  shape: 'Shape by',
  xerr: 'Error of x (±)',
  xlow: 'Error of x, down',
  xhigh: 'Error of x, up',
  yerr: 'Error of y (±)',
  ylow: 'Error of y, down',
  yhigh: 'Error of y, up',
  upper: 'Upper limit where',
  lower: 'Lower limit where'
};

interface FormProps {
  readonly viewer: ChartViewer;
  readonly source: ChartSource;
  readonly platform: IPlatform;
}

function Form({ viewer, source, platform }: FormProps): React.JSX.Element {
  const [, redraw] = React.useReducer((n: number) => n + 1, 0);
  const [at, setAt] = React.useState(0);
  const list = useFieldId();
  /** What was on the y axis before there was none. */
  const last = React.useRef('');
  React.useEffect(() => {
    viewer.changed.connect(redraw);
    return () => void viewer.changed.disconnect(redraw);
  }, [viewer]);
  const { spec } = viewer;
  const place = Math.min(at, spec.traces.length - 1);
  const trace = spec.traces[place];
  const set = (next: Partial<ChartSpec>): void => {
    viewer.spec = { ...spec, ...next };
  };
  const setTrace = (change: Partial<TraceSpec>, more: Partial<ChartSpec> = {}): void => {
    const traces = spec.traces.map((one, i) => (i === place ? { ...one, ...change } : one));
    set({ ...more, traces });
  };
  const free = (axis: AxisSpec): AxisSpec => ({ ...axis, range: undefined });
  /** Another quantity is on an axis: its direction is that of the quantity. */
  const setAxis = (name: 'x' | 'y', text: string): void => {
    const { log } = spec[name];
    const next = { ...(place === 0 ? axisFor(source.columns, text) : free(spec[name])), log };
    setTrace(
      { [name]: text },
      { [name]: next, [name === 'x' ? 'y' : 'x']: free(spec[name === 'x' ? 'y' : 'x']) }
    );
  };
  const setKind = (kind: TraceSpec['kind']): void => {
    if (trace.y) {
      last.current = trace.y;
    }
    const y =
      kind === 'histogram'
        ? undefined
        : (trace.y ?? (last.current || otherAxis(source.columns, trace.x)));
    const yAxis =
      kind === 'histogram'
        ? {}
        : trace.kind === 'histogram'
          ? axisFor(source.columns, y)
          : free(spec.y);
    // Time and bins run to the right.
    const right = kind === 'histogram' || kind === 'lightcurve';
    const x = { ...free(spec.x), reversed: right ? undefined : spec.x.reversed };
    setTrace({ kind, y }, { x, y: yAxis });
  };
  const encode = (
    name: Encoding | 'by' | 'weight',
    label: string,
    hint = 'None'
  ): React.JSX.Element => (
    <Expression
      key={name}
      label={label}
      value={trace[name] ?? ''}
      source={source}
      view={trace.view}
      list={list}
      placeholder={hint}
      onChange={text => setTrace({ [name]: text || undefined })}
    />
  );
  const results = platform.jobs.list.filter(job => job.phase === 'COMPLETED');
  const own = trace.result ?? source.id;
  const points = trace.kind === 'scatter' || trace.kind === 'lightcurve' || trace.kind === 'line';
  const coloured = (trace.kind === 'scatter' && trace.color) || trace.kind === 'density';
  const used = ENCODINGS.filter(name => name !== 'color' && trace[name]).length;
  return (
    <form
      className="lsp-ChartForm-form"
      aria-label="How the chart is drawn"
      onSubmit={event => event.preventDefault()}
    >
      <datalist id={list}>
        {source.columns.map(column => (
          <option key={column.name} value={column.name}>
            {[column.unit, column.description].filter(Boolean).join(' · ').slice(0, 100)}
          </option>
        ))}
      </datalist>
      <div className="lsp-ChartForm-traces" role="tablist" aria-label="Traces">
        {spec.traces.map((one, i) => (
          <button
            key={i}
            type="button"
            role="tab"
            aria-selected={i === place}
            className="lsp-ChartForm-tab"
            title={one.name ?? (one.y ? `${one.y} / ${one.x}` : one.x)}
            onClick={() => setAt(i)}
          >
            {one.name ?? (one.y ? one.y : one.x)}
          </button>
        ))}
        <button
          type="button"
          className="lsp-ChartForm-tab"
          aria-label="Add a trace"
          title="Add a trace"
          disabled={spec.traces.length >= TRACES_MAX}
          onClick={() => {
            set({ traces: [...spec.traces, { ...trace, name: undefined }] });
            setAt(spec.traces.length);
          }}
        >
          +
        </button>
      </div>
      <Choice
        label="Kind"
        value={trace.kind}
        options={KINDS}
        onChange={kind => setKind(kind as TraceSpec['kind'])}
      />
      {(spec.traces.length > 1 || trace.result) && results.length > 1 && (
        <Choice
          label="Result"
          value={own}
          options={results.map(job => [job.id, resultName(job)] as const)}
          onChange={id => setTrace({ result: id === source.id ? undefined : id, view: undefined })}
        />
      )}
      <Expression
        label={trace.kind === 'lightcurve' ? 'Time' : 'X'}
        value={trace.x}
        source={source}
        view={trace.view}
        list={list}
        required
        onChange={text => setAxis('x', text)}
      />
      <Axis name="x" axis={spec.x} onChange={x => set({ x })} />
      {trace.kind !== 'histogram' && (
        <Expression
          label="Y"
          value={trace.y ?? ''}
          source={source}
          view={trace.view}
          list={list}
          required
          onChange={text => setAxis('y', text)}
        />
      )}
      <Axis name="y" axis={spec.y} onChange={y => set({ y })} />
      {trace.kind === 'histogram' && (
        <Text
          label="Bins"
          type="number"
          value={trace.bins === undefined ? '' : String(trace.bins)}
          placeholder="60"
          onChange={text => {
            const bins = numberOf(text);
            setTrace({ bins: bins && Math.max(1, Math.min(2000, Math.round(bins))) });
          }}
        />
      )}
      {trace.kind === 'histogram' && encode('by', 'Groups by')}
      {trace.kind === 'lightcurve' && encode('by', 'Band')}
      {trace.kind === 'lightcurve' && <Period trace={trace} onChange={setTrace} />}
      {trace.kind === 'density' && (
        <>
          <Choice
            label="Show"
            value={trace.statistic ?? 'count'}
            options={STATISTICS.map(
              one => [one, one === 'count' ? 'number of rows' : one] as const
            )}
            onChange={statistic => setTrace({ statistic: statistic as TraceSpec['statistic'] })}
          />
          {(trace.statistic ?? 'count') !== 'count' && encode('weight', 'Of')}
        </>
      )}
      {trace.kind === 'scatter' && encode('color', ENCODING_WORDS.color)}
      {coloured && (
        <div className="lsp-ChartForm-row">
          <Choice
            label="Colours"
            value={trace.map ?? 'viridis'}
            options={MAPS.map(one => [one, one] as const)}
            onChange={map => setTrace({ map: map as TraceSpec['map'] })}
          />
          <Check
            label="By logarithm"
            value={trace.logcolor ?? false}
            onChange={logcolor => setTrace({ logcolor })}
          />
        </div>
      )}
      {points && (
        <details className="lsp-ChartForm-more" open={used > 0 || undefined}>
          <summary>Sizes, shapes, errors and limits</summary>
          {ENCODINGS.filter(name => name !== 'color').map(name =>
            encode(name, ENCODING_WORDS[name])
          )}
          <Text
            label="Diameter of points, pixels"
            type="number"
            value={trace.marker === undefined ? '' : String(trace.marker)}
            placeholder="By their number"
            onChange={text => setTrace({ marker: numberOf(text) })}
          />
        </details>
      )}
      <Text
        label="Name in the legend"
        value={trace.name ?? ''}
        onChange={name => setTrace({ name: name || undefined })}
      />
      <Text
        label="Title"
        value={spec.title ?? ''}
        onChange={title => set({ title: title || undefined })}
      />
      <Check
        label="Only the rows that the table shows"
        value={spec.follow ?? false}
        onChange={follow => {
          const traces = follow
            ? spec.traces
            : spec.traces.map(one => ({ ...one, view: undefined }));
          set({ follow, traces });
        }}
      />
      {spec.traces.length > 1 && (
        <button
          type="button"
          className="jp-mod-styled lsp-Button"
          onClick={() => {
            set({ traces: spec.traces.filter((_, i) => i !== place) });
            setAt(0);
          }}
        >
          Remove this trace
        </button>
      )}
    </form>
  );
}

/** The form beside a chart. */
export class ChartForm extends ReactWidget {
  constructor(
    private readonly _viewer: ChartViewer,
    private readonly _source: ChartSource,
    private readonly _platform: IPlatform
  ) {
    super();
    this.addClass('lsp-ChartForm');
  }

  protected override onActivateRequest(): void {
    this.node.querySelector<HTMLElement>('select, input')?.focus();
  }

  protected override render(): React.JSX.Element {
    return <Form viewer={this._viewer} source={this._source} platform={this._platform} />;
  }
}
