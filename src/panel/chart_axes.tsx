/** The parts of the form of a chart that are about its axes. */

import * as React from 'react';

import type { AxisSpec, TraceSpec } from '../viewers/chart/spec';
import { Check, Text } from './chart_fields';

/** A number that was typed; `undefined` if it is none. */
export function numberOf(text: string): number | undefined {
  const value = Number(text);
  return text && Number.isFinite(value) ? value : undefined;
}

/** One axis of the chart. */
export function Axis({
  name,
  axis,
  onChange
}: {
  readonly name: 'x' | 'y';
  readonly axis: AxisSpec;
  onChange(axis: AxisSpec): void;
}): React.JSX.Element {
  const change = (change: Partial<AxisSpec>): void => onChange({ ...axis, ...change });
  return (
    <div className="lsp-ChartForm-row">
      <Check
        label="Logarithmic"
        value={axis.log ?? false}
        onChange={log => change({ log, range: undefined })}
      />
      <Check
        label="Reversed"
        value={axis.reversed ?? false}
        onChange={reversed => change({ reversed })}
      />
      <Text
        label={`Label of ${name}`}
        value={axis.label ?? ''}
        placeholder="Column and unit"
        onChange={label => change({ label: label || undefined })}
      />
    </div>
  );
}

/** The period by which a light curve is folded. */
export function Period({
  trace,
  onChange
}: {
  readonly trace: TraceSpec;
  onChange(change: Partial<TraceSpec>): void;
}): React.JSX.Element {
  const { period, epoch } = trace;
  const scaled = (factor: number): void => onChange({ period: period! * factor });
  return (
    <>
      <Text
        label="Period, days"
        type="number"
        value={period === undefined ? '' : String(period)}
        placeholder="Not folded"
        onChange={text => {
          const value = numberOf(text);
          onChange({ period: value !== undefined && value > 0 ? value : undefined });
        }}
      />
      {period !== undefined && (
        <>
          <div className="lsp-ChartForm-row">
            <button type="button" className="jp-mod-styled lsp-Button" onClick={() => scaled(0.5)}>
              Half the period
            </button>
            <button type="button" className="jp-mod-styled lsp-Button" onClick={() => scaled(2)}>
              Twice the period
            </button>
          </div>
          <Text
            label="Time of phase zero"
            type="number"
            value={epoch === undefined ? '' : String(epoch)}
            placeholder="0"
            onChange={text => onChange({ epoch: numberOf(text) })}
          />
        </>
      )}
    </>
  );
}
