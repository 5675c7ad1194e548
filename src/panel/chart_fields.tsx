/** The fields of the form of a chart. */

import * as React from 'react';

import { isAbort } from '../api/errors';
import type { ChartSource } from '../viewers/chart/source';
import type { TableView } from '../viewers/source';

/** Milliseconds typing rests before an expression is checked. */
const REST = 250;

let fieldNumber = 0;

/** An id for a field and its label. */
export function useFieldId(): string {
  return React.useState(() => `lsp-chart-field-${(fieldNumber += 1)}`)[0];
}

interface ExpressionProps {
  readonly label: string;
  readonly value: string;
  readonly source: ChartSource;
  readonly view: TableView | undefined;
  readonly list: string;
  readonly required?: boolean;
  readonly placeholder?: string;
  onChange(text: string): void;
}

/** A column or a value expression, checked by the server while it is typed. */
export function Expression(props: ExpressionProps): React.JSX.Element {
  const { label, value, source, view, list, required, placeholder, onChange } = props;
  const id = useFieldId();
  const [text, setText] = React.useState(value);
  const [problem, setProblem] = React.useState('');
  React.useEffect(() => setText(value), [value]);
  const known = source.columns.some(one => one.name === text);
  React.useEffect(() => {
    setProblem('');
    const wanted = text.trim();
    if (!wanted || known) {
      setProblem(!wanted && required ? 'Choose a column or write an expression.' : '');
      return;
    }
    const asking = new AbortController();
    const timer = setTimeout(() => {
      source
        .check(wanted, view, asking.signal)
        .then(found => setProblem(found.error ?? ''))
        .catch((reason: unknown) => {
          if (!isAbort(reason)) {
            setProblem(String(reason));
          }
        });
    }, REST);
    return () => {
      clearTimeout(timer);
      asking.abort();
    };
  }, [text, known, source, view, required]);
  const commit = (wanted = text.trim()): void => {
    if (wanted !== value && !(required && !wanted)) {
      onChange(wanted);
    }
  };
  return (
    <div className="lsp-ChartForm-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="lsp-Input"
        type="text"
        list={list}
        value={text}
        spellCheck={false}
        autoComplete="off"
        placeholder={placeholder}
        aria-invalid={problem !== ''}
        aria-describedby={problem ? `${id}-problem` : undefined}
        onChange={event => {
          setText(event.target.value);
          // Chosen from the list: no need to leave the field.
          if (source.columns.some(one => one.name === event.target.value)) {
            commit(event.target.value);
          }
        }}
        onBlur={() => commit()}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            commit();
          }
        }}
      />
      {problem && (
        <div id={`${id}-problem`} className="lsp-ChartForm-problem" role="status">
          {problem}
        </div>
      )}
    </div>
  );
}

interface TextProps {
  readonly label: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly type?: 'text' | 'number';
  onChange(text: string): void;
}

/** A text or a number that is taken over when the field is left. */
export function Text({ label, value, placeholder, type, onChange }: TextProps): React.JSX.Element {
  const id = useFieldId();
  const [text, setText] = React.useState(value);
  React.useEffect(() => setText(value), [value]);
  const commit = (): void => {
    if (text.trim() !== value) {
      onChange(text.trim());
    }
  };
  return (
    <div className="lsp-ChartForm-field">
      <label htmlFor={id}>{label}</label>
      <input
        id={id}
        className="lsp-Input"
        type={type ?? 'text'}
        step="any"
        value={text}
        placeholder={placeholder}
        onChange={event => setText(event.target.value)}
        onBlur={commit}
        onKeyDown={event => {
          if (event.key === 'Enter') {
            commit();
          }
        }}
      />
    </div>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly value: string;
  readonly options: ReadonlyArray<readonly [string, string]>;
  onChange(value: string): void;
}

/** One of several. */
export function Choice({ label, value, options, onChange }: ChoiceProps): React.JSX.Element {
  const id = useFieldId();
  return (
    <div className="lsp-ChartForm-field">
      <label htmlFor={id}>{label}</label>
      <select
        id={id}
        className="lsp-Input"
        value={value}
        onChange={event => onChange(event.target.value)}
      >
        {options.map(([name, text]) => (
          <option key={name} value={name}>
            {text}
          </option>
        ))}
      </select>
    </div>
  );
}

interface CheckProps {
  readonly label: string;
  readonly value: boolean;
  onChange(value: boolean): void;
}

/** Yes or no. */
export function Check({ label, value, onChange }: CheckProps): React.JSX.Element {
  return (
    <label className="lsp-ChartForm-check">
      <input type="checkbox" checked={value} onChange={event => onChange(event.target.checked)} />
      {label}
    </label>
  );
}
